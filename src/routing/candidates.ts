import type { Carrier, CarrierCandidate, Gateway, TrunkCandidate } from '../domain/carrier.ts'
import type { Trunk } from '../domain/trunk.ts'

/** How many gateways one call may try. */
export const candidatesMax = 8

/**
 * The gateways to try for a call, in order: carriers by priority, lowest first and as listed where
 * equal, and the gateways of each as listed. Disabled carriers have none. A secure call goes by
 * TLS or not at all (RFC 5630 5.3: never downgraded).
 */
export function candidatesOf(
  carriers: readonly Carrier[],
  isSecure = false,
): readonly CarrierCandidate[] {
  const inOrder = carriers
    .filter((carrier) => carrier.enabled)
    .toSorted((one, other) => one.priority - other.priority)
  const candidates: CarrierCandidate[] = []
  for (const carrier of inOrder) {
    for (const gateway of carrier.gateways.filter((one) => !isSecure || overTls(one))) {
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
      candidates.push({ carrierId, gateway, isSecure, noAnswerTimeoutMs, ringTimeoutMs, ...terms })
    }
  }
  return candidates
}

/** The targets to try for a call that comes in, in the trunk's order. */
export function targetsOf(trunk: Trunk, isSecure = false): readonly TrunkCandidate[] {
  const { id: trunkId, targets, noAnswerTimeoutMs, ringTimeoutMs } = trunk
  return targets
    .filter((gateway) => !isSecure || overTls(gateway))
    .slice(0, candidatesMax)
    .map((gateway) => ({ trunkId, gateway, isSecure, noAnswerTimeoutMs, ringTimeoutMs }))
}

function overTls({ transport }: Gateway): boolean {
  return transport === 'tls'
}
