import type { Candidate, Carrier } from '../domain/carrier.ts'

/** How many gateways one call may try. */
export const candidatesMax = 8

/**
 * The gateways to try for a call, in order: carriers by priority, lowest first and as listed where
 * equal, and the gateways of each as listed. Disabled carriers have none.
 */
export function candidatesOf(carriers: readonly Carrier[]): readonly Candidate[] {
  const inOrder = carriers
    .filter((carrier) => carrier.enabled)
    .toSorted((one, other) => one.priority - other.priority)
  const candidates: Candidate[] = []
  for (const carrier of inOrder) {
    for (const gateway of carrier.gateways) {
      if (candidates.length === candidatesMax) return candidates
      const {
        id: carrierId,
        trusted,
        noAnswerTimeoutMs,
        ringTimeoutMs,
        limits,
        timeZone,
        rateDeck,
      } = carrier
      const terms = { trusted, limits, timeZone, rateDeck }
      candidates.push({ carrierId, gateway, noAnswerTimeoutMs, ringTimeoutMs, ...terms })
    }
  }
  return candidates
}
