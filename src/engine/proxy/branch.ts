import type { Clock, Timer } from '../../kernel/clock.ts'
import type { Response } from '../message/message.ts'
import type { AttemptUser } from '../stack/attempts.ts'
import type { ClientTransaction } from '../transaction/types.ts'
import type { Arrival } from '../transport/types.ts'

/** RFC 3261 16.6.11: timer C must be longer than three minutes. */
const timerCMs = 185_000

/** How a branch tells its context what became of it. */
export interface BranchEvents {
  /** A 1xx above 100. */
  onProvisional(branch: Branch, arrival: Arrival<Response>): void
  /** A 2xx, each one; of a branch that was given up as well. */
  onSuccess(branch: Branch, arrival: Arrival<Response>): void
  /** The final response of a branch that was waited for. */
  onRefused(branch: Branch, arrival: Arrival<Response>): void
  /** No final response will be waited for. */
  onGone(branch: Branch, status: 408 | 503): void
}

/** How long a branch is waited for. */
export interface BranchTimes {
  readonly provisionalTimeoutMs: number | undefined
  readonly finalTimeoutMs: number | undefined
}

/** What a branch needs. */
export interface BranchParts {
  readonly target: { readonly uri: string; readonly breadth: number }
  readonly loopMark: string
  /** Whether its request is outside any dialog. */
  readonly opens: boolean
  readonly clock: Clock
  readonly times: BranchTimes
  readonly events: BranchEvents
  /** Sends the CANCEL, or has it wait for a provisional response. */
  readonly cancel: (invite: ClientTransaction) => void
}

/** One copy of a request on its way to one target, whichever place of it answers. */
export class Branch implements AttemptUser {
  readonly uri: string
  readonly breadth: number
  readonly loopMark: string
  readonly opens: boolean
  /** Whether its target has answered anything. */
  heard = false
  /** Whether nothing more is waited for. */
  settled = false
  readonly #parts: BranchParts
  #transaction: ClientTransaction | undefined
  #provisionalTimer: Timer | undefined
  #finalTimer: Timer | undefined
  #timerC: Timer | undefined
  #cancelled = false

  constructor(parts: BranchParts) {
    this.uri = parts.target.uri
    this.breadth = parts.target.breadth
    this.loopMark = parts.loopMark
    this.opens = parts.opens
    this.#parts = parts
  }

  /** Takes the transaction that was started for it. */
  begin(transaction: ClientTransaction): void {
    const { clock, times } = this.#parts
    this.#transaction = transaction
    const giveUp = () => this.#giveUp()
    const { provisionalTimeoutMs, finalTimeoutMs } = times
    if (provisionalTimeoutMs !== undefined) {
      this.#provisionalTimer = clock.after(provisionalTimeoutMs, giveUp)
    }
    if (finalTimeoutMs !== undefined) this.#finalTimer = clock.after(finalTimeoutMs, giveUp)
    if (transaction.request.method === 'INVITE') this.#startTimerC()
  }

  get withdrawn(): boolean {
    return this.settled || this.#cancelled
  }

  moveTo(next: ClientTransaction): void {
    this.#transaction = next
  }

  /** RFC 3261 16.7.5: every 2xx is passed on; the place that is being tried is asked to stop. */
  acceptLate(arrival: Arrival<Response>): void {
    this.drop()
    this.#parts.events.onSuccess(this, arrival)
  }

  /** Asks the target to stop; its final response is still waited for. RFC 3261 16.10. */
  cancel(): void {
    const transaction = this.#transaction
    if (transaction?.request.method !== 'INVITE') return
    this.#cancelled = true
    this.#stopTimers()
    this.#parts.cancel(transaction)
  }

  /** Waits for nothing more; a target that still rings is told. */
  drop(): void {
    if (this.settled) return
    this.#settle()
    this.cancel()
  }

  onResponse(response: Response, arrival: Arrival<Response>) {
    const { events } = this.#parts
    const { status } = response
    if (status < 200) return this.#provisional(status, arrival)
    if (status < 300) {
      this.#settle()
      return events.onSuccess(this, arrival)
    }
    if (this.settled) return
    this.#settle()
    events.onRefused(this, arrival)
  }

  onTimeout(): void {
    this.#gone(408)
  }

  onTransportError(_cause: Error): void {
    this.#gone(503)
  }

  #provisional(status: number, arrival: Arrival<Response>): void {
    this.heard = true
    this.#provisionalTimer?.cancel()
    if (this.settled || status === 100) return
    // RFC 3261 16.7.2: every 101 to 199 starts timer C anew, of a branch not cancelled.
    if (this.#timerC) this.#startTimerC()
    this.#parts.events.onProvisional(this, arrival)
  }

  #startTimerC(): void {
    this.#timerC?.cancel()
    this.#timerC = this.#parts.clock.after(timerCMs, () => this.#giveUp())
  }

  /** RFC 3261 16.8: a target that rings is cancelled; for the context it has timed out. */
  #giveUp(): void {
    if (this.settled) return
    this.drop()
    this.#parts.events.onGone(this, 408)
  }

  #gone(status: 408 | 503): void {
    if (this.settled) return
    this.#settle()
    this.#parts.events.onGone(this, status)
  }

  #settle(): void {
    this.settled = true
    this.#stopTimers()
  }

  #stopTimers(): void {
    this.#provisionalTimer?.cancel()
    this.#finalTimer?.cancel()
    this.#timerC?.cancel()
    this.#timerC = undefined
  }
}
