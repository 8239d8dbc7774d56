import { appendingBy } from '../audit/appending-by.ts'
import type { AuditLog, CallDecided, CallEnded } from '../audit/event.ts'
import type { Alerts, CallNotice } from '../domain/alert.ts'
import type { CallId } from '../domain/attempt.ts'
import type { Clock } from '../kernel/clock.ts'

/** Calls that are followed to their end at once; of a further one nobody is told. */
const followedMax = 50_000
const minuteMs = 60_000

interface Telling {
  readonly clock: Clock
  readonly alerts: Alerts
  /** More refusals than this in a minute are an alert; 0: none are. */
  readonly refusalsPerMinuteMax: number
  /** Undefined where nobody wants to hear of each call. */
  readonly tellCall: ((notice: CallNotice) => void) | undefined
}

/** The same log; tells of ended calls, and of too many refusals. */
export function tellingLog(log: AuditLog, telling: Telling): AuditLog {
  const teller = new CallTeller(telling)
  return appendingBy(log, (event) => {
    const kept = log.append(event)
    if (event.type === 'call.decided') {
      teller.decided(event)
      kept.catch(() => teller.forget(event))
    } else if (event.type === 'call.ended') teller.ended(event)
    return kept
  })
}

class CallTeller {
  readonly #telling: Telling
  readonly #running = new Map<CallId, CallDecided>()
  #minute = Number.NaN
  #refused = 0

  constructor(telling: Telling) {
    this.#telling = telling
  }

  decided(event: CallDecided): void {
    if (!event.admitted) this.#refusal()
    else if (this.#telling.tellCall && this.#running.size < followedMax) {
      this.#running.set(event.callId, event)
    }
  }

  /** Its decision was not kept: it is refused, and may have no end on record. */
  forget({ callId }: CallDecided): void {
    this.#running.delete(callId)
  }

  ended({ callId, ...end }: CallEnded): void {
    const decided = this.#running.get(callId)
    if (!decided) return
    this.#running.delete(callId)
    const { keyId, tenantId, direction } = decided
    const { endedBy, cause, status, durationMs, costMicros, currency } = end
    const cost = costMicros === undefined ? {} : { costMicros, currency: currency ?? '' }
    const figures = { direction, endedBy, cause, status, durationMs, ...cost }
    const atMs = this.#telling.clock.now()
    this.#telling.tellCall?.({ kind: 'call_ended', atMs, callId, keyId, tenantId, figures })
  }

  /** Told once for a minute: with the first that is too many. */
  #refusal(): void {
    const { clock, alerts, refusalsPerMinuteMax: max } = this.#telling
    const atMs = clock.now()
    const minute = Math.floor(atMs / minuteMs)
    this.#refused = minute === this.#minute ? this.#refused + 1 : 1
    this.#minute = minute
    if (max === 0 || this.#refused !== max + 1) return
    alerts.raise({ kind: 'refusals_many', atMs, figures: { refusalsPerMinuteMax: max } })
  }
}
