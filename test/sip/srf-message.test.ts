import SipMessage from 'drachtio-srf/lib/sip-parser/message.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SrfMessage } from '../../src/sip/srf-message.ts'
import { SrfTextReader } from '../../src/sip/srf-text.ts'

const names = [
  'To',
  'to',
  't',
  'From',
  'f',
  'Contact',
  'm',
  'X-One',
  'x-one',
  'X-ONE',
  'P-Asserted-Identity',
  'p-asserted-identity',
  'P-ASSERTED-IDENTITY',
  'P-Any',
  'Diversion',
  'diversion',
  'CSeq',
  'constructor',
  '__proto__',
]
/** Most often the first, so that what is plain is as often met as what is not. */
const often = (first: string, ...others: readonly string[]) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(first) }, fc.constantFrom(...others))
const token = fc.constantFrom('tag', 'TAG', '__proto__', 'a.b', 'q%', '', ' ')
const param = fc
  .tuple(often(';', ' ; ', ','), token, often('=', '', ' = '), token)
  .map((parts) => parts.join(''))
const address = fc
  .tuple(
    often('', '"Q" ', '"Q"', 'Bob ', ' '),
    often(
      '<sip:a@b>',
      '<sip:a;x=1@b>',
      '<sips:a@b>',
      '<sip:a\u2028@b>',
      '< sip:a@b >',
      '<>',
      '<sip:a',
      'sip:a@b',
      '<sip:a;x=1?y>',
      '*',
    ),
    fc.array(param, { maxLength: 3 }),
    often('', ' ', ',<sip:c@d>;x', 'z'),
  )
  .map(([name, uri, params, rest]) => `${name}${uri}${params.join('')}${rest}`)
const name = fc.constantFrom(...names)
const uri = often('sip:a@b', 'sips:a@b', 'sip:a;x=1@b', 'sip:b', 'sip:"q"@b', 'xsip:a@b', 'tel:1')
const line = fc.record({ name, value: fc.oneof(address, fc.constantFrom('1 INVITE', '0')) })
const step = fc.oneof(
  fc.record({ do: fc.constant('set' as const), name, value: address }),
  fc.record({ do: fc.constant('write' as const), name, value: address }),
  fc.record({ do: fc.constant('replace' as const), name, value: address }),
)

/** What a message says of its parties and of every name, and how it is written, or throws. */
function told(message: SipMessage): unknown {
  const parties = [
    attempt(() => message.calledNumber),
    attempt(() => message.callingNumber),
    attempt(() => message.callingName),
  ]
  const headers = names.map((one) => {
    const asked = [message.has(one), message.getHeaderName(one)]
    return [...asked, attempt(() => message.get(one)), attempt(() => message.getParsedHeader(one))]
  })
  return [parties, headers, attempt(() => message.toString()), message.has('content-length')]
}

function attempt(ask: () => unknown): unknown {
  try {
    return ask()
  } catch (error) {
    return (error as Error).name
  }
}

test('a message names and reads its headers as drachtio-srf does, whatever is put among them', () => {
  const reader = new SrfTextReader()
  fc.assert(
    fc.property(uri, fc.array(line), fc.array(step, { maxLength: 4 }), (asked, lines, steps) => {
      const head = lines.map((one) => `${one.name}: ${one.value}\r\n`).join('')
      const text = `INVITE ${asked} SIP/2.0\r\n${head}\r\n`
      const [own, ours] = [new SipMessage(text), new SrfMessage(reader, text)]
      expect(told(ours)).toEqual(told(own))
      for (const one of steps) {
        for (const message of [own, ours]) {
          if (one.do === 'set') message.set(one.name, one.value)
          else if (one.do === 'write') message.headers[one.name] = one.value
          else message.headers = { [one.name]: one.value }
        }
        expect(told(ours)).toEqual(told(own))
      }
    }),
    { numRuns: 2_000 },
  )
})
