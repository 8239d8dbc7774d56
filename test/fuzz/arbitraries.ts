import fc from 'fast-check'
import { readName } from '../../src/engine/message/header-names.ts'
import type { Header, Message } from '../../src/engine/message/message.ts'
import { serialize } from '../../src/engine/message/serialize.ts'

const tokenMarks = "abcXYZ019-.!%*_+`'~"
const token = fc.string({ unit: fc.constantFrom(...tokenMarks), minLength: 1, maxLength: 12 })
const word = fc.string({ unit: fc.constantFrom(...'abcXYZ0189-_.'), minLength: 1, maxLength: 10 })
const port = fc.integer({ min: 1, max: 65_535 })

const host = fc.oneof(
  word,
  fc.ipV4(),
  fc.ipV6().map((address) => `[${address}]`),
)

const hostPort = fc.tuple(host, fc.option(port)).map(([name, number]) => {
  return number === null ? name : `${name}:${number}`
})

const sipUri = fc
  .tuple(fc.constantFrom('sip', 'sips'), fc.option(word), hostPort)
  .map(([scheme, user, where]) => `${scheme}:${user === null ? '' : `${user}@`}${where}`)

const via = fc
  .tuple(fc.constantFrom('UDP', 'TCP', 'TLS'), hostPort, word)
  .map(([protocol, where, branch]) => `SIP/2.0/${protocol} ${where};branch=z9hG4bK${branch}`)

const address = fc
  .tuple(fc.constantFrom('', '"A, \\"B\\" <c>" ', 'Alice '), sipUri, fc.option(word))
  .map(([display, uri, tag]) => `${display}<${uri}>${tag === null ? '' : `;tag=${tag}`}`)

const anyText = fc
  .string({ unit: 'grapheme', maxLength: 40 })
  .map((text) => text.replace(/[\r\n]/g, '').replace(/^[ \t]+|[ \t]+$/g, ''))

const essential = new Set(['Via', 'From', 'To', 'Call-ID', 'CSeq', 'Max-Forwards'])
const other = fc
  .tuple(fc.oneof(token, fc.constantFrom('Subject', 'Allow', 'X-Any', 'Contact')), anyText)
  .map(([name, value]): Header => ({ name: readName(name) ?? name, value }))
  .filter(({ name }) => !essential.has(name) && name !== 'Content-Length')

const essentials = fc
  .record({ vias: fc.array(via, { minLength: 1, maxLength: 3 }), from: address, to: address, word })
  .map(({ vias, from, to, word: callId }): Header[] => [
    ...vias.map((value) => ({ name: 'Via', value })),
    { name: 'From', value: from },
    { name: 'To', value: to },
    { name: 'Call-ID', value: `${callId}@host` },
  ])

const body = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))

/** Any message with what RFC 3261 8.1.1 asks for, any other headers and any body. */
export const messageArbitrary: fc.Arbitrary<Message> = fc
  .record({
    essentials,
    others: fc.array(other, { maxLength: 8 }),
    method: token,
    uri: sipUri,
    number: fc.nat(),
    status: fc.integer({ min: 100, max: 699 }),
    reason: anyText,
    body,
    request: fc.boolean(),
  })
  .filter(({ method }) => method.toUpperCase() !== 'SIP')
  .map((parts): Message => {
    const cseq = { name: 'CSeq', value: `${parts.number} ${parts.method}` }
    const headers = [...parts.essentials, cseq, ...parts.others]
    const { method, uri, status, reason } = parts
    return parts.request
      ? { kind: 'request', method, uri, headers, body: parts.body }
      : { kind: 'response', status, reason, headers, body: parts.body }
  })

const edit = fc.record({
  at: fc.nat(),
  remove: fc.integer({ min: 0, max: 20 }),
  insert: fc.oneof(
    fc.uint8Array({ maxLength: 6 }).map(Buffer.from),
    fc
      .constantFrom('\r\n', '\n', '\r', ':', ' ', '"', '<', '>', ';', ',', '\0', 'l: 3\r\n')
      .map((text) => Buffer.from(text)),
  ),
})

/** Any of these with a few bytes changed. */
export function mutated(base: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  return fc.tuple(base, fc.array(edit, { minLength: 1, maxLength: 4 })).map(([original, edits]) => {
    let bytes = original
    for (const { at, remove, insert } of edits) {
      const start = at % (bytes.length + 1)
      bytes = Buffer.concat([bytes.subarray(0, start), insert, bytes.subarray(start + remove)])
    }
    return bytes
  })
}

/** A good message with a few bytes changed. */
export const mutatedBytes: fc.Arbitrary<Buffer> = mutated(messageArbitrary.map(serialize))
