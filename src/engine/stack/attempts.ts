import type { Timer } from '../../kernel/clock.ts'
import type { Request, Response } from '../message/message.ts'
import type { ClientEvents, ClientTransaction } from '../transaction/types.ts'
import type { Arrival, Destination, Endpoint, Listener } from '../transport/types.ts'
import type { Stack } from './stack.ts'

/**
 * How long a place with others behind it may stay silent, in T1: an INVITE is sent four times in it,
 * and answered by 100 within 200 ms where it arrives (RFC 3261 17.2.1). For any other request the
 * first word may be the 100 that comes when its repetitions have slowed down to T2 (RFC 4320 4.1).
 */
const silenceT1 = { invite: 8, other: 16 } as const

/** How long a new connection for a large request may stay silent where UDP is left, in T1. */
const streamSilenceT1 = 2

/** All places together have the time of one, 64*T1: timers B and F (RFC 3261 17.1). */
const wholeT1 = 64

/** For how long a place that failed is tried last, milliseconds. */
const failedMs = 30_000

/** For how long large requests do not try TCP again where it failed, milliseconds. */
const noStreamMs = 600_000

/** RFC 3261 18.1.1: a request above this goes over TCP where the path's MTU is not known, bytes. */
export const datagramBytesMax = 1_300

/** About what our Via and Content-Length will add to a request, bytes. */
const addedBytes = 120

/** Whose request is sent: it hears of one request, wherever that goes. */
export interface AttemptUser extends ClientEvents {
  /** Whether it is outside any dialog, where any server of its target will do. */
  readonly opens: boolean
  /** Whether it has been cancelled: then it is not tried anywhere else. */
  readonly withdrawn: boolean
  /** The same request goes on at another place. */
  moveTo(next: ClientTransaction): void
  /** A place that was given up has sent a 2xx to this INVITE. */
  acceptLate(arrival: Arrival<Response>): void
}

/** Where a request goes first, and where it may go after that. */
export interface Places {
  readonly to: Destination
  readonly others: readonly { readonly to: Destination }[]
  /** Whether nothing but the transport of each place will do. */
  readonly isPinned: boolean
  /** How the request reads that leaves by another socket, where it names the one it leaves by. */
  readonly leavingBy?: ((listener: Listener) => Request) | undefined
}

/** A request that is ready, where it may go, and whose it is. */
export interface Ready {
  readonly request: Request
  readonly way: Places
  readonly user: AttemptUser
}

interface Try {
  readonly to: Destination
  /** TCP in place of UDP because of the request's size. */
  readonly isSwitched: boolean
  /** Where it reads otherwise there. */
  readonly request?: Request | undefined
}

/**
 * One request, sent to one place after the other until one answers: RFC 3263 4.3, with a
 * client transaction for each. Its user hears what the last of them hears.
 */
export class Attempts {
  readonly #stack: Stack
  readonly #request: Request
  readonly #user: AttemptUser
  readonly #left: Try[]
  readonly #isOutside: boolean
  readonly #overMs: number
  #current: { readonly at: Try; readonly transaction: ClientTransaction } | undefined
  #nth = 0
  #silence: Timer | undefined
  /** Whether the place that is being tried has said anything. */
  #heard = false
  /** Whether the user has been told something that only this place can go on with. */
  #told = false

  constructor(stack: Stack, { request, way, user }: Ready) {
    this.#stack = stack
    this.#request = request
    this.#user = user
    this.#isOutside = user.opens
    this.#left = tries(stack, request, way)
    this.#overMs = stack.clock.monotonic() + wholeT1 * stack.times.t1Ms
  }

  /** Sends the request to its first place. */
  start(): ClientTransaction {
    const [first, ...others] = this.#left
    if (!first) throw new Error('a request without a way')
    this.#left.splice(0, this.#left.length, ...others)
    return this.#send(first)
  }

  #send(at: Try): ClientTransaction {
    const { layer } = this.#stack
    this.#nth += 1
    this.#heard = false
    const transaction = layer.send(at.request ?? this.#request, at.to, this.#eventsOf(this.#nth))
    this.#current = { at, transaction }
    this.#awaitWord(at)
    return transaction
  }

  /** Only the place that is being tried is heard; what another says late is no answer any more. */
  #eventsOf(nth: number): ClientEvents {
    const isCurrent = () => nth === this.#nth
    return {
      ...loopMarkOf(this.#user),
      onResponse: (response, arrival) => {
        if (isCurrent()) this.#answered(response, arrival)
        else this.#late(arrival)
      },
      onTimeout: () => {
        if (isCurrent() && !this.#goOn(!this.#heard && this.#isOutside)) this.#user.onTimeout()
      },
      onTransportError: (cause) => {
        if (isCurrent() && !this.#goOn(!this.#heard)) this.#user.onTransportError(cause)
      },
    }
  }

  #awaitWord(at: Try): void {
    this.#silence = undefined
    const { clock, times } = this.#stack
    const wholeMs = this.#overMs - clock.monotonic()
    const isInvite = this.#request.method === 'INVITE'
    if (this.#left.length === 0) {
      // The last place has what the others have left; a first one its transaction's own timer.
      if (this.#nth > 1) this.#silence = clock.after(wholeMs, () => this.#giveUp())
      return
    }
    // In a dialog a second place would not know what the first has done: only an error leads on.
    if (!this.#isOutside) return
    const t1s =
      isInvite && at.isSwitched ? streamSilenceT1 : silenceT1[isInvite ? 'invite' : 'other']
    this.#silence = clock.after(Math.min(wholeMs, t1s * times.t1Ms), () => this.#giveUp())
  }

  #giveUp(): void {
    const { transaction } = this.#current ?? {}
    if (!transaction || this.#heard || this.#user.withdrawn) return
    this.#stack.layer.abandon(transaction)
    if (!this.#goOn(true)) {
      this.#nth += 1
      this.#user.onTimeout()
    }
  }

  #answered(response: Response, arrival: Arrival<Response>): void {
    this.#heard = true
    this.#silence?.cancel()
    // RFC 3263 4.3: 503 is a failure of the place. One that has rung is the app's to judge, and so is
    // one in a dialog.
    if (response.status === 503 && this.#isOutside && this.#goOn(true)) return
    if (this.#current && response.status !== 503) this.#stack.unreachable.clear(this.#current.at.to)
    if (response.status > 100) this.#told = true
    this.#user.onResponse(response, arrival)
  }

  /** Tries the next place, if there is one and it would not confuse the user. */
  #goOn(isFailure: boolean): boolean {
    this.#silence?.cancel()
    const failed = this.#current?.at
    if (failed && isFailure) this.#stack.unreachable.mark(failed.to, restMs(failed))
    if (!isFailure || this.#told || this.#user.withdrawn) return false
    const next = this.#left.shift()
    if (!next) return false
    this.#user.moveTo(this.#send(next))
    return true
  }

  /** RFC 3261 13.2.2.4: a place that was given up has accepted the call all the same. */
  #late(arrival: Arrival<Response>): void {
    const { status } = arrival.message
    if (this.#request.method !== 'INVITE' || status < 200 || status >= 300) return
    this.#user.acceptLate(arrival)
  }
}

function loopMarkOf({ loopMark }: ClientEvents): Pick<ClientEvents, 'loopMark'> {
  return loopMark === undefined ? {} : { loopMark }
}

function restMs({ isSwitched }: Try): number {
  return isSwitched ? noStreamMs : failedMs
}

/** RFC 3261 18.1.1: before each place that a large request would reach by UDP, the same by TCP. */
function tries(stack: Stack, request: Request, way: Places): Try[] {
  const ways = [way, ...way.others].map(({ to }) => ({ to, isSwitched: false }))
  if (way.isPinned || sizeOf(request) <= datagramBytesMax) return ways
  return ways.flatMap((one) => {
    const stream = streamInstead(stack, one, way)
    return stream ? [stream, one] : [one]
  })
}

function streamInstead(
  { transport, unreachable }: Stack,
  { to }: Try,
  { leavingBy }: Places,
): Try | undefined {
  if (to.protocol !== 'udp') return undefined
  const stream: Endpoint = { protocol: 'tcp', address: to.address, port: to.port }
  const listener = transport.listenerFor(stream)
  if (!listener || unreachable.has(stream)) return undefined
  return { to: stream, isSwitched: true, request: leavingBy?.(listener) }
}

function sizeOf({ method, uri, headers, body }: Request): number {
  const line = method.length + uri.length
  const text = headers.reduce((sum, { name, value }) => sum + name.length + value.length + 4, line)
  return text + body.length + addedBytes
}
