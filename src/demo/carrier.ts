import type { Clock, Timer } from '../kernel/clock.ts'
import type { Random } from '../kernel/random.ts'
import { answerText, messageText, type SipText, sdp, tagOf, uriOf, userOf } from './sip-text.ts'
import { type Address, UdpEnd } from './udp-end.ts'

/** What a simulated carrier does with a call, by the number it is for. */
export interface Behaviour {
  /** Fails it at once, as an overloaded gateway does. */
  readonly fails: (number: string) => boolean
  /** Rings for ever. */
  readonly rings: (number: string) => boolean
}

export interface CarrierOptions {
  readonly clock: Clock
  readonly random: Random
  readonly behaviour: Behaviour
  /** 0 lets the system choose. */
  readonly port: number
  readonly answerAfterMs: number
  /** The callee hangs up after this long. */
  readonly hangUpAfterMs: number
}

/** An INVITE as it arrived, for whoever wants to look at it. */
export interface ArrivedCall {
  readonly number: string
  readonly message: SipText
}

interface Leg {
  readonly invite: SipText
  readonly peer: Address
  readonly toTag: string
  lastAnswer: string
  answered: boolean
  timer: Timer | undefined
}

/** How many legs it keeps; a demo never comes near. */
const legsMax = 1000
const retransmitMs = 500
const answersMax = 10

/** One gateway of a carrier that does not exist: 180, 200, and after a while BYE. */
export class SimulatedCarrier implements AsyncDisposable {
  readonly #options: CarrierOptions
  readonly #legs = new Map<string, Leg>()
  readonly #arrived: ArrivedCall[] = []
  #end: UdpEnd | undefined

  private constructor(options: CarrierOptions) {
    this.#options = options
  }

  static async open(options: CarrierOptions): Promise<SimulatedCarrier> {
    const carrier = new SimulatedCarrier(options)
    carrier.#end = await UdpEnd.open(options.port, (message, from) => carrier.#take(message, from))
    return carrier
  }

  get port(): number {
    return this.#end?.address.port ?? 0
  }

  /** Hands over the calls that arrived since the last time it was asked. */
  takeArrived(): readonly ArrivedCall[] {
    return this.#arrived.splice(0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const leg of this.#legs.values()) leg.timer?.cancel()
    await this.#end?.[Symbol.asyncDispose]()
  }

  #take(message: SipText, from: Address): void {
    const callId = message.first('Call-ID')
    const leg = this.#legs.get(callId)
    if (message.status !== undefined) {
      if (message.cseqMethod === 'BYE') this.#forget(callId)
    } else if (message.method === 'INVITE') {
      if (leg && !tagOf(message.first('To'))) this.#send(leg.lastAnswer, from)
      else if (leg) this.#reanswer(leg, message, from)
      else this.#arrive(message, from)
    } else if (message.method === 'ACK') this.#acknowledged(leg)
    else if (message.method === 'CANCEL') this.#cancel(message, from, leg)
    else this.#other(message, from, leg)
  }

  #arrive(invite: SipText, peer: Address): void {
    const { random, clock, behaviour, answerAfterMs } = this.#options
    const number = userOf(invite.requestUri)
    if (this.#arrived.length < legsMax) this.#arrived.push({ number, message: invite })
    const leg: Leg = {
      invite,
      peer,
      toTag: random.hex(6),
      lastAnswer: '',
      answered: false,
      timer: undefined,
    }
    const full = this.#legs.size >= legsMax
    if (!full) this.#legs.set(invite.first('Call-ID'), leg)
    if (full || behaviour.fails(number)) {
      this.#answer(leg, '503 Service Unavailable')
    } else {
      this.#answer(leg, '180 Ringing')
      if (!behaviour.rings(number)) leg.timer = clock.after(answerAfterMs, () => this.#pickUp(leg))
    }
  }

  /** RFC 3261 13.3.1.4: the 2xx is repeated until its ACK comes. */
  #pickUp(leg: Leg, sent = 1): void {
    leg.answered = true
    this.#answer(leg, '200 OK')
    leg.timer = this.#options.clock.after(retransmitMs, () => {
      if (sent < answersMax) this.#pickUp(leg, sent + 1)
      else this.#hangUp(leg)
    })
  }

  #acknowledged(leg: Leg | undefined): void {
    if (!leg) return
    leg.timer?.cancel()
    const { clock, hangUpAfterMs } = this.#options
    if (leg.answered) leg.timer = clock.after(hangUpAfterMs, () => this.#hangUp(leg))
    else this.#forget(leg.invite.first('Call-ID'))
  }

  #cancel(message: SipText, from: Address, leg: Leg | undefined): void {
    const found = leg ? '200 OK' : '481 Call/Transaction Does Not Exist'
    this.#send(answerText(message, found, { toTag: leg?.toTag ?? '' }), from)
    if (!leg || leg.answered) return
    leg.timer?.cancel()
    this.#answer(leg, '487 Request Terminated')
  }

  /** BYE ends the call; INFO, UPDATE, OPTIONS and the like are simply well received. */
  #other(message: SipText, from: Address, leg: Leg | undefined): void {
    const known = leg || message.method === 'OPTIONS'
    const line = known ? '200 OK' : '481 Call/Transaction Does Not Exist'
    this.#send(answerText(message, line), from)
    if (message.method === 'BYE') this.#forget(message.first('Call-ID'))
  }

  #reanswer(leg: Leg, invite: SipText, from: Address): void {
    leg.timer?.cancel()
    this.#send(answerText(invite, '200 OK', { contact: this.#contact, body: sdp(2) }), from)
  }

  #answer(leg: Leg, line: string): void {
    const { toTag } = leg
    const body = line.startsWith('200') ? sdp(1) : ''
    leg.lastAnswer = answerText(leg.invite, line, { toTag, contact: this.#contact, body })
    this.#send(leg.lastAnswer, leg.peer)
  }

  #hangUp(leg: Leg): void {
    const { invite, toTag, peer } = leg
    const branch = `z9hG4bK${this.#options.random.hex(8)}`
    const text = messageText({
      start: `BYE ${uriOf(invite.first('Contact'))} SIP/2.0`,
      headers: [
        ['Via', `SIP/2.0/UDP ${this.#end?.hostPort};rport;branch=${branch}`],
        ...invite.all('Record-Route').map((route) => ['Route', route] as const),
        ['From', `${invite.first('To')};tag=${toTag}`],
        ['To', invite.first('From')],
        ['Call-ID', invite.first('Call-ID')],
        ['CSeq', '1 BYE'],
        ['Max-Forwards', '70'],
      ],
    })
    this.#send(text, peer)
    leg.timer = this.#options.clock.after(retransmitMs, () => {
      this.#send(text, peer)
      this.#forget(invite.first('Call-ID'))
    })
  }

  #forget(callId: string): void {
    this.#legs.get(callId)?.timer?.cancel()
    this.#legs.delete(callId)
  }

  #send(text: string, to: Address): void {
    this.#end?.send(text, to)
  }

  get #contact(): string {
    return `sip:${this.#end?.hostPort}`
  }
}
