import { trustAll } from '../../../src/engine/guard/trust.ts'
import type { Message, Request, Response } from '../../../src/engine/message/message.ts'
import { parseMessage } from '../../../src/engine/message/parse.ts'
import { createTransactionLayer } from '../../../src/engine/transaction/layer.ts'
import type { TransactionLimits } from '../../../src/engine/transaction/server-side.ts'
import type {
  ClientEvents,
  ServerTransaction,
  TransactionUser,
} from '../../../src/engine/transaction/types.ts'
import type {
  Arrival,
  Destination,
  Listener,
  Protocol,
  Transport,
} from '../../../src/engine/transport/types.ts'
import { countedRandom } from '../../support/counted-random.ts'
import { FakeClock } from '../../support/fake-clock.ts'

/** Something that a layer sent: when, counted from the start of the test, and what. */
export interface Sent {
  readonly atMs: number
  readonly bytes: Buffer
  readonly message: Message
  readonly to: Destination
  fail(cause?: Error): void
}

/** The transport at the seam: it keeps what is sent and loses nothing. */
export class FakeTransport implements Transport {
  readonly listeners: readonly Listener[] = [listener('udp'), listener('tcp')]
  readonly sent: Sent[] = []
  onSend: (sent: Sent) => void = () => undefined
  readonly #clock: FakeClock
  readonly #startMs: number

  constructor(clock: FakeClock) {
    this.#clock = clock
    this.#startMs = clock.monotonic()
  }

  send(bytes: Buffer, to: Destination, onError: (cause: Error) => void): void {
    const sent: Sent = {
      atMs: this.#clock.monotonic() - this.#startMs,
      bytes,
      message: read(bytes),
      to,
      fail: (cause = new Error('refused')) => onError(cause),
    }
    this.sent.push(sent)
    this.onSend(sent)
  }

  listenerFor(to: Destination): Listener | undefined {
    return to.address === 'unreachable' ? undefined : listener(to.protocol)
  }

  isConnected(): boolean {
    return true
  }

  async close(): Promise<void> {}

  /** Start lines and times of what was sent since the last call. */
  take(): string[] {
    const lines = this.sent.map((sent) => `${sent.atMs} ${startLine(sent.message)}`)
    this.sent.length = 0
    return lines
  }

  /** The message sent last. */
  get last(): Message {
    const sent = this.sent.at(-1)
    if (!sent) throw new Error('nothing was sent')
    return sent.message
  }
}

interface RigOptions {
  readonly limits?: Partial<TransactionLimits>
  readonly user?: TransactionUser
  readonly report?: (cause: unknown) => void
}

/** A layer with everything around it, and a list of what it told its user. */
export function rig(options: RigOptions = {}) {
  const clock = new FakeClock()
  const transport = new FakeTransport(clock)
  const told: string[] = []
  const opened: ServerTransaction[] = []
  const user: TransactionUser = options.user ?? {
    onRequest: (transaction) => {
      opened.push(transaction)
      told.push(`request ${transaction.arrival.message.method}`)
    },
    onCancel: (invite) => void told.push(`cancel ${opened.indexOf(invite)}`),
    onAck: () => void told.push('ack'),
    onStrayResponse: ({ message }) => void told.push(`stray ${message.status}`),
  }
  const limits = { transactionsMax: 1000, retryAfterMaxS: 10, ...options.limits }
  const random = countedRandom()
  const more = options.report && { report: options.report }
  const vouched: number[] = []
  const trust = { ...trustAll, vouch: (_: unknown, forMs = 0) => void vouched.push(forMs) }
  const layer = createTransactionLayer({ transport, user, clock, random, limits, trust, ...more })
  return {
    clock,
    /** As what the sources of requests were vouched for. */
    vouched,
    transport,
    layer,
    told,
    opened,
    receive: (text: string, protocol: Protocol = 'udp', port = 5080) =>
      layer.receive(arrive(read(text), protocol, port)),
    /** What was told since the last call. */
    takeTold: () => told.splice(0),
    opening: (at = 0) => {
      const transaction = opened[at]
      if (!transaction) throw new Error('no such request was passed')
      return transaction
    },
  }
}

/** Events that note what they are told. */
export function noting(told: string[]): ClientEvents {
  return {
    onResponse: (response) => void told.push(`response ${response.status}`),
    onTimeout: () => void told.push('timeout'),
    onTransportError: (cause) => void told.push(`error ${cause.message}`),
  }
}

export const udp: Destination = { protocol: 'udp', address: '192.0.2.9', port: 5060 }
export const tcp: Destination = { ...udp, protocol: 'tcp' }

export interface RequestText {
  readonly branch?: string
  readonly cseq?: number
  readonly callId?: string
  readonly fromTag?: string
  readonly toTag?: string
  readonly sentBy?: string
  readonly extra?: string
}

/** A request as a peer at 192.0.2.1 sends it. */
export function request(method: string, text: RequestText = {}): string {
  const { branch = 'z9hG4bKone', cseq = 1, callId = 'call-1', fromTag = 'caller' } = text
  const { toTag, sentBy = '192.0.2.1:5080', extra = '' } = text
  return `${method} sip:bob@example.com SIP/2.0\r
Via: SIP/2.0/UDP ${sentBy};rport${branch === '' ? '' : `;branch=${branch}`}\r
Max-Forwards: 70\r
From: "Alice" <sip:alice@example.com>${fromTag === '' ? '' : `;tag=${fromTag}`}\r
To: <sip:bob@example.com>${toTag ? `;tag=${toTag}` : ''}\r
Call-ID: ${callId}\r
CSeq: ${cseq} ${method}\r
${extra}Content-Length: 0\r
\r
`
}

/** A request of ours, to be given to a layer. */
export function outgoing(method: string, extra = ''): Request {
  const message = read(request(method, { extra }))
  if (message.kind !== 'request') throw new Error('no request')
  return { ...message, headers: message.headers.filter(({ name }) => name !== 'Via') }
}

/** The response that a server gives to a request as sent or received. */
export function responseTo(to: Request, status: number, toTag = 'callee'): Response {
  const kept = ['Via', 'From', 'To', 'Call-ID', 'CSeq']
  const headers = to.headers
    .filter(({ name }) => kept.includes(name))
    .map(({ name, value }) => {
      const tagged = name === 'To' && status > 100 && !value.includes(';tag=')
      return { name, value: tagged ? `${value};tag=${toTag}` : value }
    })
  return { kind: 'response', status, reason: 'Reason', headers, body: Buffer.alloc(0) }
}

/** A message that came from 192.0.2.1. */
export function arrive<M extends Message>(message: M, protocol: Protocol = 'udp', port = 5080) {
  const arrival: Arrival<M> = {
    message,
    source: { protocol, address: '192.0.2.1', port },
    listener: listener(protocol),
    connection: protocol === 'tcp' ? 7 : undefined,
    size: 300,
  }
  return arrival
}

export function read(text: string | Buffer): Message {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  const result = parseMessage(bytes, 'datagram')
  if (!result.ok) throw new Error(result.reason)
  return result.message
}

export function startLine(message: Message): string {
  if (message.kind === 'request') return message.method
  return `${message.status}`
}

export function header(message: Message, name: string): string | undefined {
  return message.headers.find((one) => one.name === name)?.value
}

function listener(protocol: Protocol): Listener {
  return { protocol, address: '192.0.2.10', port: 5060, host: '192.0.2.10' }
}
