import { EventEmitter } from 'node:events'
import { createRequire } from 'node:module'
import { Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import type { Agent, Request, Response } from 'drachtio-srf'
import parser from 'drachtio-srf/lib/sip-parser/parser.js'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { serialize } from '../../src/engine/message/serialize.ts'
import { checkKnown, leanAgent } from '../../src/sip/lean-srf.ts'
import { SrfTextReader } from '../../src/sip/srf-text.ts'
import { messageArbitrary, mutatedBytes } from '../fuzz/arbitraries.ts'

type Handler = (request: Request, response: Response) => void
type AgentClass = new (handler: Handler) => Agent & { _initServer(socket: Socket): object }
const RealAgent: AgentClass = createRequire(import.meta.url)('drachtio-srf/lib/drachtio-agent.js')

/** What happens to an agent: a frame comes, or its application wants something. */
type Step =
  | { readonly do: 'frame'; readonly tokens: readonly string[]; readonly text: string }
  | { readonly do: 'reply'; readonly to: number; readonly fields: string; readonly text?: string }
  | { readonly do: 'request'; readonly options: object }
  | { readonly do: 'respond'; readonly which: number; readonly given: readonly unknown[] }
  | { readonly do: 'acknowledge'; readonly which: number; readonly content?: object }
  | { readonly do: 'cancel'; readonly which: number }

beforeEach(() => {
  vi.spyOn(console, 'error').mockReturnValue()
})
afterEach(() => {
  vi.restoreAllMocks()
})

const names = [
  'call-id',
  'Call-ID',
  'i',
  'CSEQ',
  'from',
  'To',
  'Contact',
  'x-any',
  'X-Any',
  'P-One',
]
const getters = [
  'type',
  'callingNumber',
  'callingName',
  'calledNumber',
  'canFormDialog',
  'isNewInvite',
]

/** Everything that can be asked of a message, or that asking throws. */
function seen(message: Request | Response | undefined): unknown {
  if (!message) return undefined
  const of = message as unknown as Record<string, unknown> & Request
  const { msg, method, uri, headers, body, payload, status, reason, raw } = of
  const asked = names.map((name) => attempt(() => [of.get(name), (of as never as Has).has(name)]))
  const parsed = names.map((name) => attempt(() => (of as never as Has).getParsedHeader(name)))
  const got = getters.map((name) => attempt(() => of[name]))
  const { source, source_address, source_port, protocol, stackTime, stackTxnId, stackDialogId } = of
  const where = [
    source,
    source_address,
    source_port,
    protocol,
    stackTime,
    stackTxnId,
    stackDialogId,
  ]
  const more = [
    of.server,
    of.receivedOn,
    of.sessionToken,
    of.finished,
    msg.version,
    msg.raw && JSON.stringify(msg),
  ]
  const text = {
    method,
    uri,
    headers: { ...(headers as object) },
    body,
    payload,
    status,
    reason,
    raw,
  }
  return { text, asked, parsed, got, where, more }
}

interface Has {
  has(name: string): boolean
  getParsedHeader(name: string): unknown
}

function attempt(ask: () => unknown): unknown {
  try {
    return ask()
  } catch (error) {
    return String(error)
  }
}

/** An agent without a network, and everything that it did. */
class Bench {
  readonly trace: unknown[] = []
  readonly #requests: Request[] = []
  readonly #sent: Request[] = []
  readonly #acknowledgers: ((content?: object) => void)[] = []
  readonly #socket = new Socket()
  readonly #agent: Agent
  readonly #server: object
  #ids = 0

  constructor(prepare: (agent: Agent) => void) {
    const agent = new RealAgent((request, response) => {
      this.trace.push(['request', seen(request), seen(response)])
      this.#requests.push(request)
      request.on('cancel', (message) => this.trace.push(['cancel', message.raw]))
      response.on('end', (end) => this.trace.push(['end', end]))
      response.on('finish', () => this.trace.push(['finish', response.status]))
    })
    const send = (_: Socket, frame: string) => {
      this.trace.push(['send', frame])
      return `m${this.#ids++}`
    }
    Object.assign(agent, { wp: Object.assign(new EventEmitter(), { send }) })
    this.#server = agent._initServer(this.#socket)
    Object.assign(this.#server, { hostport: 'udp/10.0.0.1:5060' })
    prepare(agent)
    this.#agent = agent
  }

  run(steps: readonly Step[]): void {
    for (const step of steps) {
      const thrown = attempt(() => void this.#step(step))
      this.trace.push([step.do, thrown, this.#held()])
    }
  }

  #step(step: Step): void {
    if (step.do === 'frame')
      this.#agent._onMsg(this.#socket, `${step.tokens.join('|')}\r\n${step.text}`)
    else if (step.do === 'reply') this.#reply(step)
    else if (step.do === 'request') this.#request({ ...step.options, _socket: this.#socket })
    else if (step.do === 'respond') this.#respond(step)
    else if (step.do === 'cancel') pick(this.#sent, step.which)?.cancel({}, () => undefined)
    else pick(this.#acknowledgers, step.which)?.(step.content && { ...step.content })
  }

  #reply({ to, fields, text }: Step & { do: 'reply' }): void {
    const id = this.#ids === 0 ? 'none' : `m${to === last ? this.#ids - 1 : to % this.#ids}`
    const frame = `e1|response|${id}|${fields}`
    this.#agent._onMsg(this.#socket, text === undefined ? frame : `${frame}\r\n${text}`)
  }

  #request(options: { _socket: Socket | undefined }): void {
    this.#agent.request(options as never, (error, request) => {
      this.trace.push([
        'requested',
        String(error),
        (error as { code?: string })?.code,
        seen(request),
      ])
      if (!request) return
      this.#sent.push(request)
      request.on('response', (response, acknowledge) => {
        this.#acknowledgers.push(acknowledge)
        this.trace.push(['response', seen(response), response.req === request])
      })
    })
    this.trace.push(['options', { ...options, _socket: options._socket !== undefined }])
  }

  #respond({ which, given }: Step & { do: 'respond' }): void {
    const request = pick(this.#requests, which)
    const [status, reason, content, told, acknowledged] = given
    const answered = (error: unknown, sent?: Request) =>
      this.trace.push([
        'answered',
        String(error),
        sent && [sent.method, sent.get('to')],
        seen(request?.res),
      ])
    const acked = (ack: Request) => this.trace.push(['acknowledged', seen(ack)])
    const response = request?.res as unknown as { send(...given: unknown[]): void } | undefined
    const copy = structuredClone(content)
    response?.send(
      status as number,
      reason,
      copy,
      told ? answered : undefined,
      acknowledged ? acked : undefined,
    )
  }

  #held(): unknown {
    return Object.entries(this.#server).map(([name, value]) => {
      if (!(value instanceof Map)) return [name, value instanceof Set ? [...value] : value]
      return [name, [...value.keys()]]
    })
  }
}

/** In place of a number: the one that came last. */
const last = -1

function pick<T>(all: readonly T[], which: number): T | undefined {
  return which === last ? all.at(last) : all[which % Math.max(all.length, 1)]
}

const plainText = messageArbitrary.map((message) => serialize(message).toString())
const readable = plainText.filter((text) => parser.parseSipMessage(text, true) !== undefined)
const method = fc.constantFrom('INVITE', 'ACK', 'BYE', 'PRACK', 'UPDATE', 'CANCEL', 'INFO')
const aRequest = fc.tuple(method, readable).map(([name, text]) => {
  return `${name} sip:a@b SIP/2.0\r\n${text.slice(text.indexOf('\r\n') + 2)}`
})
const status = fc.constantFrom(100, 180, 183, 200, 202, 401, 407, 486, 603)
const aResponse = fc.tuple(status, fc.boolean(), readable).map(([code, isReliable, text]) => {
  const rest = text.slice(text.indexOf('\r\n') + 2)
  return `SIP/2.0 ${code} Phrase\r\n${isReliable ? 'RSeq: 7\r\n' : ''}${rest}`
})
const anyText = mutatedBytes.map((bytes) => bytes.toString())
const id = fc.constantFrom('t1', 't2', '')
const frame = fc
  .record({
    kind: fc.constantFrom('sip', 'sip', 'sip', 'sip', 'cdr:start', 'odd'),
    source: fc.constantFrom('network', 'network', 'network', 'application'),
    txn: fc.oneof(id, fc.constant('unsolicited')),
    dialog: id,
    port: fc.constantFrom('5080', ''),
    more: fc.array(fc.constantFrom('10.0.0.2', '5060', ''), { maxLength: 4 }),
    isShort: fc.integer({ max: 20, min: 0 }).map((at) => at === 0),
    text: fc.oneof(
      { weight: 5, arbitrary: aRequest },
      { weight: 5, arbitrary: aResponse },
      anyText,
    ),
  })
  .map(({ kind, source, txn, dialog, port, more, isShort, text }): Step => {
    const tokens = ['e1', kind, source, '99', 'udp', '10.0.0.9', port, '12:00:00', txn, dialog]
    return { do: 'frame', tokens: isShort ? tokens.slice(0, 9) : [...tokens, ...more], text }
  })
const reply = fc
  .record({
    to: fc.nat(),
    fields: fc.oneof(
      fc.tuple(id, id, fc.constantFrom('', '|continue')).map(([txn, dialog, rest]) => {
        return `OK|application|99|udp|10.0.0.9|5080|12:00:00|${txn}|${dialog}${rest}`
      }),
      fc.constantFrom('NOK|Unable to find dialog', 'NOK|no', 'NOK', 'OK'),
    ),
    text: readable,
  })
  .map(({ to, fields, text }): Step => ({ do: 'reply', to, fields, text }))
const headerName = fc.constantFrom(
  'Contact',
  'contact',
  'X-Any',
  'To',
  'Call-ID',
  'Require',
  'subject',
)
const headers = fc.dictionary(headerName, fc.constantFrom('<sip:c@d>', 'x', 'a;tag=1', '100rel'))
const bodyText = fc.constantFrom('v=0\r\n', 'gr\u00fc\u00dfe', '')
const content = fc.record({ headers, body: bodyText }, { requiredKeys: [] })
const request = fc
  .record(
    {
      method: fc.constantFrom('INVITE', 'bye', 'Cancel', 'INFO'),
      uri: fc.constant('sip:x@y'),
      stackDialogId: id,
      stackTxnId: fc.constantFrom('t1', ''),
      proxy: fc.constant('sip:proxy'),
      auth: fc.constant({ username: 'u', password: 'p' }),
      headers,
      body: bodyText,
    },
    { requiredKeys: ['method', 'uri'] },
  )
  .map((options): Step => ({ do: 'request', options }))
const respond = fc
  .tuple(fc.nat(), status, fc.option(fc.constant('Why'), { nil: undefined }), content)
  .chain(([which, code, reason, given]) =>
    fc.tuple(fc.boolean(), fc.boolean()).map(([told, acknowledged]): Step => {
      return { do: 'respond', which, given: [code, reason, given, told, acknowledged] }
    }),
  )
const acknowledge = fc
  .tuple(fc.nat(), fc.option(content, { nil: undefined }))
  .map(([which, given]): Step => ({ do: 'acknowledge', which, ...(given && { content: given }) }))
const cancel = fc.nat().map((which): Step => ({ do: 'cancel', which }))
const step = fc.oneof(
  { weight: 5, arbitrary: frame },
  { weight: 4, arbitrary: reply },
  { weight: 3, arbitrary: request },
  { weight: 3, arbitrary: respond },
  acknowledge,
  cancel,
)

/** What belongs together, so that it comes together as often as by chance it would not. */
const placed = (text: string, source = 'network'): Step => {
  const tokens = ['e1', 'sip', source, '99', 'udp', '10.0.0.9', '5080', '12:00:00', 't1', 'd1']
  return { do: 'frame', tokens, text }
}
const sentAs = (txn: string): Step => {
  const fields = `OK|application|99|udp|10.0.0.9|5080|12:00:00|${txn}|d1`
  return { do: 'reply', to: last, fields, text: textOf('INFO sip:a@b SIP/2.0') }
}
const textOf = (start: string, more = '') =>
  `${start}\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: c1\r\nCSeq: 1 INVITE\r\n${more}\r\n`
const received = fc
  .tuple(status, method, fc.constantFrom('', 'RSeq: 1\r\n'))
  .map(([code, next, extra]): Step[] => [
    placed(textOf('INVITE sip:a@b SIP/2.0')),
    { do: 'respond', which: last, given: [code, 'Why', { headers: {} }, true, true] },
    {
      do: 'reply',
      to: last,
      fields: 'OK|application|9|udp|10.0.0.9|5|12|t1|d1',
      text: textOf(`SIP/2.0 ${code} Why`, extra),
    },
    placed(textOf(`${next} sip:a@b SIP/2.0`)),
  ])
const placedCall = fc
  .tuple(
    fc.constantFrom('INVITE', 'INFO'),
    fc.array(status, { maxLength: 3 }),
    fc.boolean(),
    method,
  )
  .map(([name, codes, isReliable, next]): Step[] => [
    { do: 'request', options: { method: name, uri: 'sip:x@y', headers: {} } },
    sentAs('t1'),
    placed(textOf(`${next} sip:a@b SIP/2.0`)),
    ...codes.flatMap((code): Step[] => [
      placed(textOf(`SIP/2.0 ${code} Why`, isReliable ? 'RSeq: 1\r\n' : '')),
      { do: 'acknowledge', which: last },
    ]),
  ])
const script = fc
  .array(fc.oneof({ weight: 6, arbitrary: step.map((one) => [one]) }, received, placedCall), {
    minLength: 1,
    maxLength: 20,
  })
  .map((parts) => parts.flat())

test('whatever comes and whatever is sent, an agent on our layers does what it does on its own', async () => {
  await fc.assert(
    fc.asyncProperty(script, async (steps) => {
      const own = new Bench(() => undefined)
      const ours = new Bench((agent) => leanAgent(agent, new SrfTextReader()))
      own.run(structuredClone(steps))
      ours.run(structuredClone(steps))
      await turn()
      expect(ours.trace).toEqual(own.trace)
    }),
    { numRuns: 400 },
  )
})

test('another drachtio-srf than the one our layers stand in for is refused at the start', () => {
  const agent = new RealAgent(() => undefined)
  expect(() => checkKnown(agent, '5.0.29')).not.toThrow()
  expect(() => checkKnown(agent, '5.0.30')).toThrow('drachtio-srf 5.0.30 is not 5.0.29')
  Object.assign(agent, { sendMessage: undefined })
  expect(() => checkKnown(agent, '5.0.29')).toThrow('without sendMessage')
})
