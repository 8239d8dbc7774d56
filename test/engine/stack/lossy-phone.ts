import { firstHeader } from '../../../src/engine/message/headers.ts'
import type { Header, Request, Response } from '../../../src/engine/message/message.ts'
import { toTag } from '../../../src/engine/message/tags.ts'
import { createTransactionLayer } from '../../../src/engine/transaction/layer.ts'
import type { ClientEvents, ServerTransaction } from '../../../src/engine/transaction/types.ts'
import type { Arrival } from '../../../src/engine/transport/types.ts'
import type { Random } from '../../../src/kernel/random.ts'
import type { FakeClock } from '../../support/fake-clock.ts'
import { FakeTransport, responseTo, udp } from '../transaction/fixtures.ts'

const noBody = Buffer.alloc(0)
/** RFC 3261 13.3.1.4: how often a 2xx is repeated at most, and how long its ACK is waited for. */
const repeatMaxMs = 4_000
const ackMs = 32_000

/** What a phone believes about its one call. */
export type PhoneState = 'idle' | 'calling' | 'talking' | 'over'

/** How a phone is and behaves. */
export interface PhoneOptions {
  readonly name: string
  readonly random: Random
  readonly port?: number
  readonly callId?: string
  /** How long it rings before it answers. */
  readonly ringMs?: number
  /** What it answers with, 200 unless it is told. */
  readonly status?: number
  /** What its INVITE says beside what it must. */
  readonly headers?: readonly Header[]
}

/** A phone for one call, with a transaction layer of its own on a wire that a test makes. */
export class LossyPhone {
  state: PhoneState = 'idle'
  readonly transport: FakeTransport
  readonly layer: ReturnType<typeof createTransactionLayer>
  readonly #clock: FakeClock
  readonly #name: string
  readonly #options: PhoneOptions
  #dialog: { readonly local: string; readonly remote: string; readonly callId: string } | undefined
  #acked = false

  constructor(clock: FakeClock, options: PhoneOptions) {
    this.#clock = clock
    this.#name = options.name
    this.#options = options
    this.transport = new FakeTransport(clock)
    this.layer = createTransactionLayer({
      transport: this.transport,
      clock,
      random: options.random,
      limits: { transactionsMax: 100, retryAfterMaxS: 1 },
      user: {
        onRequest: (transaction) => this.#serve(transaction),
        onCancel: (invite) => this.#answer(invite, 487),
        onAck: () => {
          this.#acked = true
        },
        onStrayResponse: () => undefined,
      },
    })
  }

  get port(): number {
    return this.#options.port ?? portOf(this.#name)
  }

  /** Calls, and cancels after a while if a time is given and nobody has answered until then. */
  call(cancelAfterMs: number | undefined, called = 'bob'): void {
    this.state = 'calling'
    const { callId = 'lossy-1', headers = [] } = this.#options
    const from = `<sip:${this.#name}@127.0.0.1:${this.port}>;tag=${this.#name}`
    const ids = { local: from, remote: `<sip:${called}@127.0.0.1:5060>`, callId }
    const request = this.#request('INVITE', 1, ids)
    const asked = { ...request, headers: [...request.headers, ...headers] }
    const invite = this.layer.send({ ...asked, uri: `sip:${called}@127.0.0.1:5060` }, udp, {
      onResponse: (response) => this.#heard(response, ids),
      onTimeout: () => this.#end(),
      onTransportError: () => this.#end(),
    })
    if (cancelAfterMs === undefined) return
    this.#clock.after(cancelAfterMs, () => {
      if (!invite.finished) this.layer.cancel(invite, [])
    })
  }

  /** Ends the call by BYE, if there is one. */
  hangUp(): void {
    const dialog = this.#dialog
    if (this.state !== 'talking' || !dialog) return
    this.#end()
    this.layer.send(this.#request('BYE', 2, dialog), udp, nothing)
  }

  #heard(response: Response, ids: { local: string; callId: string }) {
    if (response.status < 200) return
    if (response.status >= 300) return this.#end()
    const dialog = { ...ids, remote: firstHeader(response, 'To') ?? '' }
    this.layer.sendAck(this.#request('ACK', 1, dialog), udp)
    if (this.state !== 'calling') return
    this.state = 'talking'
    this.#dialog = dialog
  }

  #serve(transaction: ServerTransaction) {
    const { message } = transaction.arrival
    if (message.method !== 'INVITE') return this.#serveInDialog(transaction)
    this.#dialog = {
      local: `${firstHeader(message, 'To')};tag=${this.#name}`,
      remote: firstHeader(message, 'From') ?? '',
      callId: firstHeader(message, 'Call-ID') ?? '',
    }
    this.state = 'calling'
    this.#answer(transaction, 180)
    this.#clock.after(this.#options.ringMs ?? 0, () => this.#accept(transaction))
  }

  #accept(transaction: ServerTransaction): void {
    if (transaction.finished) return
    const bytes = this.#answer(transaction, this.#options.status ?? 200)
    if (this.state === 'over') return
    this.state = 'talking'
    const to = this.layer.responseDestination(transaction)
    const repeat = (afterMs: number, waitedMs: number) => {
      this.#clock.after(afterMs, () => {
        if (this.#acked || this.state !== 'talking') return
        // RFC 3261 13.3.1.4: without an ACK the call is ended.
        if (waitedMs >= ackMs) return this.hangUp()
        this.layer.repeat(bytes, to)
        repeat(Math.min(afterMs * 2, repeatMaxMs), waitedMs + afterMs)
      })
    }
    repeat(500, 0)
  }

  #serveInDialog(transaction: ServerTransaction): void {
    const { method } = transaction.arrival.message
    transaction.respond(this.#response(transaction.arrival, 200))
    if (method === 'BYE') this.#end()
  }

  #answer(transaction: ServerTransaction, status: number): Buffer {
    if (status >= 300) this.#end()
    return transaction.respond(this.#response(transaction.arrival, status))
  }

  #response({ message }: Arrival<Request>, status: number): Response {
    const response = responseTo(message, status, toTag(message) === '' ? this.#name : '')
    return { ...response, headers: [...response.headers, this.#contact] }
  }

  get #contact(): Header {
    return { name: 'Contact', value: `<sip:${this.#name}@127.0.0.1:${this.port}>` }
  }

  #request(
    method: string,
    sequence: number,
    dialog: { local: string; remote: string; callId: string },
  ): Request {
    const headers = [
      { name: 'Max-Forwards', value: '70' },
      { name: 'From', value: dialog.local },
      { name: 'To', value: dialog.remote },
      { name: 'Call-ID', value: dialog.callId },
      { name: 'CSeq', value: `${sequence} ${method}` },
      this.#contact,
    ]
    return { kind: 'request', method, uri: 'sip:127.0.0.1:5060', headers, body: noBody }
  }

  #end(): void {
    this.state = 'over'
  }
}

/** Where each phone is. */
export function portOf(name: string): number {
  return name === 'alice' ? 5070 : 5080
}

const nothing: ClientEvents = {
  onResponse: () => undefined,
  onTimeout: () => undefined,
  onTransportError: () => undefined,
}
