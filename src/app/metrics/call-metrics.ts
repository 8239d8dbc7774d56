import type { AuditEvent, CallAnswered, CallDialled, CallEnded } from '../../audit/event.ts'
import type { CallId } from '../../domain/attempt.ts'
import type { metricRows } from '../../domain/metrics.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Meters } from '../../kernel/metrics.ts'

/** The metrics of a gate. */
export type GateMeters = Meters<typeof metricRows>

/** Calls that are followed at once; a further one is counted, but not timed. */
const followedMax = 50_000
/** Gateways that have a series of their own; further ones share one. */
export const gatewaysMax = 200

/** The gateway that a call is at, and since when. */
interface Attempt {
  readonly carrier: string
  readonly gateway: string
  readonly dialledMs: number
  rang: boolean
  answered: boolean
}

/** Counts what happens to calls by the events that are written down of them anyway. */
export class CallMetrics {
  readonly #meters: GateMeters
  readonly #clock: Clock
  readonly #attempts = new Map<CallId, Attempt>()
  readonly #gateways = new Set<string>()

  constructor(meters: GateMeters, clock: Clock) {
    this.#meters = meters
    this.#clock = clock
  }

  /** Takes one event; costs some microseconds, and never throws. */
  take(event: AuditEvent): void {
    if (event.type === 'call.decided') {
      const { direction, reason = 'admitted' } = event
      this.#meters.count('tollgate_decisions_total', { direction, reason })
    } else if (event.type === 'call.dialled') this.#dialled(event)
    else if (event.type === 'call.passed_over') {
      this.#meters.count('tollgate_passed_over_total', this.#labelsOf(event))
    } else if (event.type === 'call.attempt_failed') {
      const { callId, status, cause } = event
      this.#over(callId, cause === 'response' ? classOf(status) : cause)
    } else if (event.type === 'call.ringing') this.#rings(event.callId)
    else if (event.type === 'call.answered') this.#answered(event)
    else if (event.type === 'call.ended') this.#ended(event)
    else this.#besides(event)
  }

  #besides(event: AuditEvent): void {
    if (event.type === 'alert.raised') {
      this.#meters.count('tollgate_alerts_total', { kind: event.kind })
    } else if (event.type === 'trunk.registered') {
      this.#meters.count('tollgate_registrations_total', { reason: 'accepted' })
    } else if (event.type === 'trunk.register_refused') {
      this.#meters.count('tollgate_registrations_total', { reason: event.reason })
    } else if (event.type === 'api.used' && event.stage === 'ended') {
      const { operation, result } = event
      this.#meters.count('tollgate_api_requests_total', { operation, status: String(result) })
    }
  }

  #dialled(event: CallDialled): void {
    if (this.#attempts.size >= followedMax) return
    const dialledMs = this.#clock.monotonic()
    const attempt = { ...this.#labelsOf(event), dialledMs, rang: false, answered: false }
    this.#attempts.set(event.callId, attempt)
  }

  #rings(callId: CallId): void {
    const attempt = this.#attempts.get(callId)
    if (!attempt || attempt.rang) return
    attempt.rang = true
    const { carrier, dialledMs } = attempt
    const tookMs = this.#clock.monotonic() - dialledMs
    this.#meters.observe('tollgate_ring_seconds', { carrier }, tookMs)
  }

  #answered({ callId }: CallAnswered): void {
    const attempt = this.#attempts.get(callId)
    if (!attempt) return
    attempt.answered = true
    const { carrier, gateway, dialledMs } = attempt
    const outcome = 'answered'
    this.#meters.count('tollgate_attempts_total', { carrier, gateway, outcome })
    const tookMs = this.#clock.monotonic() - dialledMs
    this.#meters.observe('tollgate_answer_seconds', { carrier }, tookMs)
  }

  #ended({ callId, endedBy, cause, status, durationMs }: CallEnded): void {
    this.#meters.count('tollgate_calls_ended_total', { ended_by: endedBy, cause })
    const attempt = this.#attempts.get(callId)
    if (attempt?.answered) {
      this.#meters.observe('tollgate_call_seconds', { carrier: attempt.carrier }, durationMs)
      this.#attempts.delete(callId)
    } else this.#over(callId, endedBy === 'callee' ? classOf(status) : 'cancelled')
  }

  #over(callId: CallId, outcome: string): void {
    const attempt = this.#attempts.get(callId)
    if (!attempt) return
    this.#attempts.delete(callId)
    const { carrier, gateway } = attempt
    this.#meters.count('tollgate_attempts_total', { carrier, gateway, outcome })
  }

  /** Tenants' trunks are as many as tenants, and share a series; so do gateways beyond the bound. */
  #labelsOf({ carrierId, gatewayId }: Pick<CallDialled, 'carrierId' | 'gatewayId'>) {
    if (carrierId === undefined) return { carrier: 'trunk', gateway: 'trunk' }
    const id = JSON.stringify([carrierId, gatewayId])
    if (!this.#gateways.has(id)) {
      if (this.#gateways.size >= gatewaysMax) return { carrier: 'other', gateway: 'other' }
      this.#gateways.add(id)
    }
    return { carrier: carrierId, gateway: gatewayId }
  }
}

function classOf(status: number): string {
  return `${Math.floor(status / 100)}xx`
}
