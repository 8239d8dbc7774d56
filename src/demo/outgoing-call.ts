import type { Clock, Timer } from '../kernel/clock.ts'
import { answerText, messageText, type SipText, sdp, tagOf, uriOf } from './sip-text.ts'
import type { Address } from './udp-end.ts'

/** What a PBX is asked to dial. */
export interface Dial {
  readonly requestUri: string
  /** As in the From header, without a tag. */
  readonly from: string
  /** One X-API-Key header each. */
  readonly keys: readonly string[]
  readonly headers?: readonly (readonly [string, string])[]
  /** Default 70. */
  readonly maxForwards?: string
  /** Gives up as soon as it rings. */
  readonly cancelWhenRinging?: boolean
}

/** How the INVITE was answered in the end. */
export interface Final {
  readonly status: number
  readonly phrase: string
  /** The reason id of the Reason header (RFC 3326), or ''. */
  readonly reason: string
  readonly retryAfter: string
  /** From INVITE to final answer. */
  readonly elapsedMs: number
}

export type HungUpBy = 'caller' | 'callee'

export interface CallParts {
  readonly dial: Dial
  readonly clock: Clock
  readonly gate: Address
  readonly hostPort: string
  readonly callId: string
  readonly tag: string
  readonly branch: () => string
  readonly send: (text: string, to: Address) => void
}

/** RFC 3261 17.1.1.2: T1, doubled each time, until 64*T1. */
const t1Ms = 500
const giveUpMs = 64 * t1Ms

/** One call from the PBX's side: the INVITE transaction, and the dialog that may follow. */
export class OutgoingCall {
  readonly #parts: CallParts
  readonly #inviteBranch: string
  readonly #final = Promise.withResolvers<Final>()
  readonly #ended = Promise.withResolvers<HungUpBy>()
  readonly #startedMs: number
  #retransmission: Timer | undefined
  #deadline: Timer | undefined
  #cseq = 1
  #answer: SipText | undefined
  #heard = false
  #cancelled = false
  #decided = false

  constructor(parts: CallParts) {
    this.#parts = parts
    this.#inviteBranch = parts.branch()
    this.#startedMs = parts.clock.monotonic()
    this.#deadline = parts.clock.after(giveUpMs, () => this.#decide(408, 'Request Timeout'))
    this.#sendInvite(t1Ms)
  }

  get callId(): string {
    return this.#parts.callId
  }

  /** Resolves with the final answer; with 408 when there is none. */
  get final(): Promise<Final> {
    return this.#final.promise
  }

  /** Resolves when an answered call has been hung up. */
  get ended(): Promise<HungUpBy> {
    return this.#ended.promise
  }

  /** Takes whatever came with this Call-ID. */
  receive(message: SipText, from: Address): void {
    if (message.status === undefined) this.#request(message, from)
    else if (message.cseqMethod === 'INVITE') this.#response(message, message.status)
    else if (message.cseqMethod === 'BYE' && message.status >= 200) this.#finish('caller')
  }

  /** Hangs up an answered call; when nobody answers that, it is over all the same. */
  hangUp(): void {
    if (!this.#answer) return
    this.#cseq += 1
    this.#send(this.#inDialog('BYE', this.#cseq), t1Ms)
    this.#deadline = this.#parts.clock.after(giveUpMs, () => this.#finish('caller'))
  }

  /** RFC 3261 9.1: same branch, number and addresses as the INVITE; not before it was heard. */
  cancel(): void {
    this.#cancelled = true
    if (!this.#heard || this.#decided) return
    const { dial, gate, send } = this.#parts
    const headers = this.#headers('CANCEL', { cseq: 1, to: `<${dial.requestUri}>` })
    send(messageText({ start: `CANCEL ${dial.requestUri} SIP/2.0`, headers }), gate)
  }

  /** Stops every timer. */
  abandon(): void {
    this.#retransmission?.cancel()
    this.#deadline?.cancel()
  }

  #sendInvite(delayMs: number): void {
    const { dial } = this.#parts
    const headers = [
      ...this.#headers('INVITE', { cseq: 1, to: `<${dial.requestUri}>` }),
      ['Contact', `<sip:pbx@${this.#parts.hostPort}>`] as const,
      ['User-Agent', 'Tollgate demo PBX'] as const,
      ...dial.keys.map((key) => ['X-API-Key', key] as const),
      ...(dial.headers ?? []),
    ]
    const start = `INVITE ${dial.requestUri} SIP/2.0`
    this.#send(messageText({ start, headers, body: sdp(1) }), delayMs)
  }

  /** Sends, and again until an answer is heard. */
  #send(text: string, delayMs: number): void {
    this.#parts.send(text, this.#parts.gate)
    this.#retransmission?.cancel()
    if (delayMs > giveUpMs) return
    this.#retransmission = this.#parts.clock.after(delayMs, () => this.#send(text, delayMs * 2))
  }

  #response(message: SipText, status: number): void {
    this.#retransmission?.cancel()
    this.#heard = true
    if (status < 200) {
      const givesUp = this.#parts.dial.cancelWhenRinging && status >= 180
      if ((givesUp || this.#cancelled) && !this.#decided) this.cancel()
      return
    }
    this.#acknowledge(message, status)
    this.#decide(status, message.phrase, message)
  }

  #acknowledge(message: SipText, status: number): void {
    const { gate, send, dial } = this.#parts
    if (status < 300) {
      // RFC 3261 13.2.2.4: the ACK of a 2xx is a request of its own within the dialog.
      this.#answer ??= message
      send(this.#inDialog('ACK', 1), gate)
    } else {
      const headers = this.#headers('ACK', { cseq: 1, to: message.first('To') })
      send(messageText({ start: `ACK ${dial.requestUri} SIP/2.0`, headers }), gate)
    }
  }

  #decide(status: number, phrase: string, message?: SipText): void {
    if (this.#decided) return
    this.#decided = true
    this.#deadline?.cancel()
    this.#retransmission?.cancel()
    const [, reason = ''] = /text="?([a-z_]+)/.exec(message?.first('Reason') ?? '') ?? []
    const elapsedMs = this.#parts.clock.monotonic() - this.#startedMs
    const retryAfter = message?.first('Retry-After') ?? ''
    this.#final.resolve({ status, phrase, reason, retryAfter, elapsedMs })
  }

  #request(message: SipText, from: Address): void {
    if (message.method === 'ACK') return
    const contact = `sip:pbx@${this.#parts.hostPort}`
    const body = message.method === 'INVITE' ? sdp(2) : ''
    this.#parts.send(answerText(message, '200 OK', { contact, body }), from)
    if (message.method === 'BYE') this.#finish('callee')
  }

  #finish(by: HungUpBy): void {
    this.abandon()
    this.#ended.resolve(by)
  }

  #inDialog(method: string, cseq: number): string {
    const answer = this.#answer
    const target = uriOf(answer?.first('Contact') ?? '')
    // RFC 3261 12.1.2: the route set is the Record-Route of the answer in reverse.
    const routes = (answer?.all('Record-Route') ?? [])
      .toReversed()
      .map((route) => ['Route', route] as const)
    const fresh = { cseq, to: answer?.first('To') ?? '', branch: this.#parts.branch() }
    const headers = [...this.#headers(method, fresh), ...routes]
    return messageText({ start: `${method} ${target} SIP/2.0`, headers })
  }

  #headers(
    method: string,
    { cseq, to, branch = this.#inviteBranch }: { cseq: number; to: string; branch?: string },
  ): (readonly [string, string])[] {
    const { dial, hostPort, callId, tag } = this.#parts
    return [
      ['Via', `SIP/2.0/UDP ${hostPort};rport;branch=${branch}`],
      ['Max-Forwards', dial.maxForwards ?? '70'],
      ['From', tagOf(dial.from) ? dial.from : `${dial.from};tag=${tag}`],
      ['To', to],
      ['Call-ID', callId],
      ['CSeq', `${cseq} ${method}`],
    ]
  }
}
