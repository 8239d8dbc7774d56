import { Failure } from '../kernel/failure.ts'
import type { AuditEvent, AuditResumed, CallDecided } from './event.ts'

/** Events of running calls that wait in memory while the log cannot be written. */
export const keptEventsMax = 10_000

/** Calls that are named of those whose events were more than that. */
export const lostCallsMax = 100

/** What happens to a call that was decided. */
export type CallEvent = Exclude<Extract<AuditEvent, { readonly callId: string }>, CallDecided>

/** An event, and when it happened. */
export interface KeptEvent {
  readonly event: CallEvent
  readonly atMs: number
  readonly done: PromiseWithResolvers<void>
}

/** Whether it tells of a call that goes on, whatever becomes of the log. */
export function isOfRunningCall(event: AuditEvent): event is CallEvent {
  return 'callId' in event && event.type !== 'call.decided'
}

/**
 * What running calls do while the log cannot be written, in its order and with its moments, until it
 * can be. Past its bound events are counted and their calls named; what else happens is counted.
 */
export class KeptEvents {
  #events: KeptEvent[] = []
  #lost = 0
  #unrecorded = 0
  #lostCalls = new Set<string>()

  get size(): number {
    return this.#events.length
  }

  /** Resolves once the event is in the log; rejects when there is no room for it. */
  keep(event: CallEvent, atMs: number): Promise<void> {
    const done = Promise.withResolvers<void>()
    // Whoever does not wait for the outcome does not crash of it.
    done.promise.catch(() => undefined)
    if (this.#events.length < keptEventsMax) this.#events.push({ event, atMs, done })
    else {
      this.#lost++
      if (this.#lostCalls.size < lostCallsMax) this.#lostCalls.add(event.callId)
      done.reject(new Failure('audit_unavailable', 'too many events wait for the disk'))
    }
    return done.promise
  }

  /** Counts an event that is refused: whoever wanted it written is told so. */
  refuse(): void {
    this.#unrecorded++
  }

  /** What is said of all this in the log; what comes from now on is said later. */
  resumed(silentMs: number): AuditResumed {
    const lostCalls = this.#lostCalls.size === 0 ? undefined : [...this.#lostCalls]
    const counts = { kept: this.size, lost: this.#lost, unrecorded: this.#unrecorded }
    this.#lost = 0
    this.#unrecorded = 0
    this.#lostCalls.clear()
    return { type: 'audit.resumed', silentMs, ...counts, lostCalls }
  }

  /** That could not be said: it is said with what has come since. */
  unsaid({ lost = 0, unrecorded = 0, lostCalls = [] }: AuditResumed): void {
    this.#lost += lost
    this.#unrecorded += unrecorded
    const named = [...lostCalls, ...this.#lostCalls]
    this.#lostCalls = new Set(named.slice(0, lostCallsMax))
  }

  /** Whether something is in no log that was not said. */
  get isUntold(): boolean {
    return this.#lost > 0 || this.#unrecorded > 0
  }

  /** The oldest, as many at most; they stay until they are dropped. */
  oldest(count: number): readonly KeptEvent[] {
    return this.#events.slice(0, count)
  }

  /** Forgets those that are in the log. */
  drop(written: ReadonlySet<KeptEvent>): void {
    this.#events = this.#events.filter((kept) => !written.has(kept))
  }

  /** Tells all that wait that nothing comes of it, and gives their number. */
  giveUp(failure: Failure): number {
    const lost = this.#events
    this.#events = []
    for (const { done } of lost) done.reject(failure)
    return lost.length
  }
}
