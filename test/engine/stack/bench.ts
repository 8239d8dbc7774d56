import type { Lookup } from '../../../src/engine/locate/lookup.ts'
import { createResolver } from '../../../src/engine/locate/resolve.ts'
import { firstHeader } from '../../../src/engine/message/headers.ts'
import type { Message, Request, Response } from '../../../src/engine/message/message.ts'
import { parseMessage } from '../../../src/engine/message/parse.ts'
import { parseAppMessage } from '../../../src/engine/protocol/app-message.ts'
import { FrameText } from '../../../src/engine/protocol/frame-text.ts'
import type { Client } from '../../../src/engine/protocol/types.ts'
import { createCore } from '../../../src/engine/stack/core.ts'
import type { StackLimits } from '../../../src/engine/stack/stack.ts'
import { stackTimes } from '../../../src/engine/stack/times.ts'
import { createTransactionLayer } from '../../../src/engine/transaction/layer.ts'
import type {
  Destination,
  Endpoint,
  Listener,
  Transport,
} from '../../../src/engine/transport/types.ts'
import { bytesOf, textOf } from '../../../src/kernel/byte-text.ts'
import { countedRandom } from '../../support/counted-random.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const local: Listener = { protocol: 'udp', address: '127.0.0.1', port: 5060, host: '127.0.0.1' }
const localTcp: Listener = { ...local, protocol: 'tcp' }

/** A frame that the core sent to an application, cut into its fields. */
export interface SeenFrame {
  readonly fields: readonly string[]
  readonly text: string
}

/** An application that is not there: keeps what it is sent. */
export class FakeApp implements Client {
  readonly id: number
  alive = true
  readonly frames: SeenFrame[] = []

  readonly #onFrame: (frame: SeenFrame) => void

  constructor(id: number, onFrame: (frame: SeenFrame) => void = () => undefined) {
    this.id = id
    this.#onFrame = onFrame
  }

  send(head: string, message?: Buffer): void {
    if (!this.alive) return
    const frame = { fields: head.split('|'), text: message ? textOf(message) : '' }
    this.frames.push(frame)
    this.#onFrame(frame)
  }

  /** The replies to this frame. */
  replies(frameId: string): SeenFrame[] {
    return this.frames.filter(({ fields }) => fields[1] === 'response' && fields[2] === frameId)
  }

  /** The last message delivered whose start line begins so. */
  delivered(start: string): SeenFrame | undefined {
    return this.deliveries(start).at(-1)
  }

  deliveries(start: string): SeenFrame[] {
    return this.frames.filter(({ fields, text }) => fields[1] === 'sip' && text.startsWith(start))
  }
}

/** A message that the core put on the wire. */
export interface Sent {
  readonly to: Destination
  readonly bytes: Buffer
  readonly message: Message
}

/**
 * The core on a wire that exists on paper only, with a clock that stands still. What its callbacks
 * throw ends the test, unless it is guarded as in an engine.
 */
export function openBench(
  limits: Partial<StackLimits> = {},
  names?: Lookup,
  { isGuarded = false, ...more }: { readonly cdrs?: boolean; readonly isGuarded?: boolean } = {},
) {
  const clock = new FakeClock()
  const random = countedRandom()
  const sent: Sent[] = []
  const wiring = {
    onSend: (_sent: Sent): void => undefined,
    onFrame: (_frame: SeenFrame): void => undefined,
  }
  const errors: ((cause: Error) => void)[] = []
  const closed = new Set<number>()
  const faults: unknown[] = []
  const lookups: { host: string; done: (...addresses: string[]) => void }[] = []
  const lookup: Lookup = names ?? {
    addresses: (host, _family, done) =>
      lookups.push({ host, done: (...records) => done({ records }) }),
    services: (_name, done) => done({ records: [] }),
    pointers: (_name, done) => done({ records: [] }),
  }
  const transport: Transport = {
    listeners: [local, localTcp],
    send: (bytes, to, onError) => {
      const one = { to, bytes, message: parsed(bytes) }
      sent.push(one)
      wiring.onSend(one)
      errors.push(onError)
    },
    listenerFor: (to) => (to.protocol === 'udp' ? local : localTcp),
    isConnected: (connection) => !closed.has(connection),
    close: async () => undefined,
  }
  const running = createCore({
    clock,
    random,
    transport,
    resolver: createResolver({ clock, random, lookup }),
    frames: new FrameText(clock),
    times: stackTimes({ t1Ms: 500, t2Ms: 4000 }),
    limits: { pendingRequestsMax: 1000, dialogsMax: 1000, ...limits },
    report: (cause) => faults.push(cause),
    ...more,
    createLayer: (user) =>
      createTransactionLayer({
        transport,
        user,
        clock,
        random,
        limits: { transactionsMax: 10_000, retryAfterMaxS: 10 },
        ...(isGuarded && { report: (cause) => faults.push(cause) }),
      }),
  })
  const { core, layer } = running
  let apps = 0
  let frames = 0

  function receive(text: string, from: Partial<Destination> = {}): void {
    const bytes = bytesOf(wire(text))
    const { connection, serverName, ...rest } = from
    const source: Endpoint = { protocol: 'udp', address: '127.0.0.1', port: 5070, ...rest }
    const listener = source.protocol === 'udp' ? local : localTcp
    layer.receive({
      message: parsed(bytes),
      source,
      listener,
      connection,
      serverName,
      size: bytes.length,
    })
  }

  function sip(app: FakeApp, ids: string, text: string): string {
    frames += 1
    const frameId = `f${frames}`
    const [transactionId = '', dialogId = '', routeUri = ''] = ids.split('|')
    const command = { frameId, transactionId, dialogId, routeUri }
    const message = parseAppMessage(bytesOf(wire(text)))
    if (!message) throw new Error(`no message: ${text}`)
    if (message.kind === 'request') core.sendRequest(app, command, message)
    else core.sendResponse(app, command, message)
    return frameId
  }

  return {
    clock,
    core,
    sent,
    wiring,
    faults,
    lookups,
    running,
    receive,
    sip,
    app: (...verbs: string[]): FakeApp => {
      apps += 1
      const app = new FakeApp(apps, (frame) => wiring.onFrame(frame))
      for (const verb of verbs) core.addRoute(app, verb)
      return app
    },
    drop: (app: FakeApp) => {
      app.alive = false
      core.clientGone(app)
    },
    /** That connection is no more. */
    disconnect: (connection: number) => void closed.add(connection),
    /** Lets what was looked up be used. */
    settle: () => clock.advanceAsync(0),
    /** The last transmission fails as the network would have it. */
    failLast: () => errors.at(-1)?.(new Error('refused')),
    /** What was sent since the last time this was asked, start line first. */
    take: (): Sent[] => {
      errors.splice(0, errors.length - 1)
      return sent.splice(0)
    },
    responses: (): Response[] => sent.map((one) => one.message).filter(isResponse),
    requests: (): Request[] => sent.map((one) => one.message).filter(isRequest),
  }
}

export type Bench = ReturnType<typeof openBench>

/** An INVITE as a caller at port 5070 sends it; `more` is added to its headers. */
export function invite(more = '', ids: { callId?: string; cseq?: number; branch?: string } = {}) {
  const { callId = 'call-1', cseq = 1, branch = `z9hG4bK-${callId}-${cseq}` } = ids
  return `INVITE sip:bob@127.0.0.1:5060 SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:5070;branch=${branch};rport
Max-Forwards: 70
From: <sip:alice@127.0.0.1:5070>;tag=al
To: <sip:bob@127.0.0.1:5060>
Call-ID: ${callId}
CSeq: ${cseq} INVITE
Contact: <sip:alice@127.0.0.1:5070>
${more}Content-Length: 0

`
}

/** A request that the caller sends in the dialog that answered with `toTag`. */
export function inDialog(method: string, cseq: number, toTag: string, more = '') {
  return `${method} sip:127.0.0.1:5060 SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK-${method}-${cseq};rport
Max-Forwards: 70
From: <sip:alice@127.0.0.1:5070>;tag=al
To: <sip:bob@127.0.0.1:5060>;tag=${toTag}
Call-ID: call-1
CSeq: ${cseq} ${method}
${more}Content-Length: 0

`
}

/** The 200 of an app, with a session. */
export const answer200 = `SIP/2.0 200 OK
Content-Type: application/sdp

v=0`

/** A call that the app has answered, and what it goes by. */
export function answered(bench: Bench, app: FakeApp) {
  bench.receive(invite())
  const transactionId = app.delivered('INVITE')?.fields[8] ?? ''
  const frameId = bench.sip(app, transactionId, answer200)
  const ok = bench.responses().at(-1)
  const toTag = header(ok, 'To').split('tag=')[1] ?? ''
  const dialogId = app.replies(frameId)[0]?.fields[11] ?? ''
  return { transactionId, toTag, dialogId }
}

/** The response of a callee to a request of ours. */
export function answerTo(request: Request, status: number, more: AnswerParts = {}): string {
  const { tag = 'bo', contact = '<sip:bob@127.0.0.1:5080>', headers = '' } = more
  const vias = request.headers.filter(({ name }) => name === 'Via').map(({ value }) => value)
  const to = firstHeader(request, 'To') ?? ''
  return `SIP/2.0 ${status} Whatever
${vias.map((via) => `Via: ${via}\n`).join('')}From: ${firstHeader(request, 'From')}
To: ${to.includes('tag=') || tag === '' ? to : `${to};tag=${tag}`}
Call-ID: ${firstHeader(request, 'Call-ID')}
CSeq: ${firstHeader(request, 'CSeq')}
Contact: ${contact}
${headers}Content-Length: 0

`
}

interface AnswerParts {
  readonly tag?: string
  readonly contact?: string
  readonly headers?: string
}

/** Lines ended as SIP wants them. */
export function wire(text: string): string {
  return text.replace(/\r?\n/g, '\r\n')
}

/** The value of a header of a message, '' where there is none. */
export function header(message: Message | undefined, name: string): string {
  return (message && firstHeader(message, name)) ?? ''
}

function parsed(bytes: Buffer): Message {
  const result = parseMessage(bytes, 'datagram')
  if (!result.ok) throw new Error(`${result.reason}: ${bytes}`)
  return result.message
}

function isResponse(message: Message): message is Response {
  return message.kind === 'response'
}

function isRequest(message: Message): message is Request {
  return message.kind === 'request'
}
