import type { TrafficLimits } from '../domain/limits.ts'
import type { Claim, LimitOwner } from '../store/port.ts'

/** What a call claims of how much traffic its owner may have. */
export function trafficClaims(owner: LimitOwner, limits: TrafficLimits): Claim[] {
  const claims: Claim[] = []
  const { callsPerSecondMax, burst, callsPerMinuteMax, callsPerHourMax, concurrentMax } = limits
  if (callsPerSecondMax !== undefined) {
    claims.push({ kind: 'rate', owner, perSecondMax: callsPerSecondMax, burst })
  }
  if (callsPerMinuteMax !== undefined) {
    claims.push({ kind: 'window', owner, window: 'minute', callsMax: callsPerMinuteMax })
  }
  if (callsPerHourMax !== undefined) {
    claims.push({ kind: 'window', owner, window: 'hour', callsMax: callsPerHourMax })
  }
  if (concurrentMax !== undefined) {
    claims.push({ kind: 'concurrency', owner, slotsMax: concurrentMax })
  }
  return claims
}
