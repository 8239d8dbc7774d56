import { messageText, SipText } from '../../src/demo/sip-text.ts'
import { type Address, UdpEnd } from '../../src/demo/udp-end.ts'
import { systemClock } from '../../src/kernel/clock.ts'

/** RFC 3261 17.1.1.1: the first wait, the longest, and how long one tries, milliseconds. */
const t1Ms = 500
const t2Ms = 4_000
const giveUpMs = 64 * t1Ms

/** Answers a request; a response to an INVITE may be one of several. */
export type Reply = (text: string) => void

/** What an end has to know of its user. */
export interface SturdyUser {
  /** A request, once, however often it comes. Not told of an ACK that ends a transaction. */
  onRequest(request: SipText, reply: Reply): void
  /** Each 2xx to an INVITE, also when it comes again. RFC 3261 13.2.2.4. */
  onAccepted(response: SipText): void
}

/**
 * The transactions of RFC 3261 17 on one UDP socket, with nothing of the engine in them, for what SIPp
 * does not do: it sends again only what a scenario has sent last.
 */
export class SturdyEnd implements AsyncDisposable {
  readonly #udp: UdpEnd
  readonly #peer: Address
  readonly #user: SturdyUser
  readonly #clock = systemClock()
  readonly #clients = new Map<string, (response: SipText) => void>()
  readonly #servers = new Map<string, Server>()

  private constructor(udp: UdpEnd, peerPort: number, user: SturdyUser) {
    this.#udp = udp
    this.#peer = { address: '127.0.0.1', port: peerPort }
    this.#user = user
  }

  /** Opens on a port of 127.0.0.1; whatever it sends goes to `peerPort`. */
  static async open(port: number, peerPort: number, user: SturdyUser): Promise<SturdyEnd> {
    const early: SipText[] = []
    let end: SturdyEnd | undefined
    const udp = await UdpEnd.open(port, (message) => {
      if (end) end.#receive(message)
      else early.push(message)
    })
    end = new SturdyEnd(udp, peerPort, user)
    for (const message of early) end.#receive(message)
    return end
  }

  get hostPort(): string {
    return this.#udp.hostPort
  }

  /** Sends what belongs to no transaction: the ACK of a 2xx. */
  send(text: string): void {
    this.#udp.send(text, this.#peer)
  }

  /** Sends a request until it is answered; gives the final response, or fails after 64*T1. */
  request(text: string, heard: (response: SipText) => void = () => undefined): Promise<SipText> {
    const message = new SipText(text)
    const isInvite = message.method === 'INVITE'
    const { promise, resolve, reject } = Promise.withResolvers<SipText>()
    let isOver = false
    const giveUp = () => reject(new Error(`nobody answers ${message.startLine}`))
    const repeating = this.repeat(text, { maxMs: isInvite ? giveUpMs : t2Ms, giveUp })
    this.#clients.set(clientKey(message), (response) => {
      const status = response.status ?? 0
      // RFC 6026 7.2: what rings after the final response is dropped.
      if (status < 200 && isOver) return
      // RFC 3261 17.1.2.2: a provisional response ends the repetitions of an INVITE alone.
      if (status >= 200 || isInvite) repeating.stop()
      if (status < 200) return heard(response)
      isOver = true
      if (isInvite && status >= 300) this.send(failureAck(message, response))
      if (isInvite && status < 300) this.#user.onAccepted(response)
      resolve(response)
    })
    return promise
  }

  /** Sends a message now and again, with waits that double, until it is stopped or given up. */
  repeat(text: string, { maxMs, giveUp }: { maxMs: number; giveUp: () => void }): Repeating {
    const endsAtMs = this.#clock.monotonic() + giveUpMs
    const send = (waitMs: number): void => {
      const isOver = this.#clock.monotonic() >= endsAtMs
      if (isOver) giveUp()
      else this.send(text)
      if (!isOver) timer = this.#clock.after(waitMs, () => send(Math.min(2 * waitMs, maxMs)))
    }
    let timer = this.#clock.after(0, () => undefined)
    send(t1Ms)
    return { stop: () => timer.cancel() }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { repeating } of this.#servers.values()) repeating?.stop()
    await this.#udp[Symbol.asyncDispose]()
  }

  #receive(message: SipText): void {
    if (message.status === undefined) this.#take(message)
    else this.#clients.get(clientKey(message))?.(message)
  }

  #take(request: SipText): void {
    const key = serverKey(request)
    const known = this.#servers.get(key)
    if (known && request.method === 'ACK') known.repeating?.stop()
    else if (known?.last !== undefined) this.send(known.last)
    if (known) return
    const server: Server = { last: undefined, repeating: undefined }
    if (request.method !== 'ACK') this.#servers.set(key, server)
    this.#user.onRequest(request, (text) => this.#reply(request, server, text))
  }

  #reply(request: SipText, server: Server, text: string): void {
    const status = new SipText(text).status ?? 0
    const isFailure = request.method === 'INVITE' && status >= 300
    // RFC 6026 7.1: an INVITE that has been accepted is absorbed; its user repeats the 2xx.
    server.last = request.method === 'INVITE' && status >= 200 && !isFailure ? undefined : text
    if (!isFailure) this.send(text)
    else server.repeating = this.repeat(text, { maxMs: t2Ms, giveUp: () => undefined })
  }
}

/** Something that is sent again and again. */
export interface Repeating {
  stop(): void
}

interface Server {
  /** What answers a repetition. */
  last: string | undefined
  repeating: Repeating | undefined
}

function branchOf(message: SipText): string {
  return /branch=([^;,\s]+)/.exec(message.first('Via'))?.[1] ?? ''
}

function clientKey(message: SipText): string {
  return `${branchOf(message)} ${message.cseqMethod}`
}

/** RFC 3261 17.2.3: the ACK of a failure belongs to its INVITE. */
function serverKey(request: SipText): string {
  const method = request.method === 'ACK' ? 'INVITE' : request.method
  return `${branchOf(request)} ${method}`
}

/** RFC 3261 17.1.1.3. */
function failureAck(invite: SipText, response: SipText): string {
  return messageText({
    start: `ACK ${invite.requestUri} SIP/2.0`,
    headers: [
      ...(['Via', 'Max-Forwards', 'From'] as const).map(
        (name) => [name, invite.first(name)] as const,
      ),
      ['To', response.first('To')],
      ['Call-ID', invite.first('Call-ID')],
      ['CSeq', `${invite.cseqNumber} ACK`],
    ],
  })
}
