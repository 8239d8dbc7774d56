import type { Binding } from '../domain/binding.ts'
import type {
  Carrier,
  CarrierCandidate,
  Gateway,
  GatewayId,
  TrunkCandidate,
} from '../domain/carrier.ts'
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

/** Where to try a call that comes in: PBXs that have registered, then the targets in the trunk's order. */
export function targetsOf(
  trunk: Trunk,
  bindings: readonly Binding[],
  isSecure = false,
): readonly TrunkCandidate[] {
  const { id: trunkId, targets, noAnswerTimeoutMs, ringTimeoutMs } = trunk
  const registered = bindings
    // RFC 5630 5.3: a sips call ends at a sips Contact.
    .filter(({ contact }) => !isSecure || /^sips:/i.test(contact))
    .map(({ contact, host, port, transport }, at) => {
      const id = `${trunkId}-registered-${at + 1}` as GatewayId
      return { contact, gateway: { id, host, port, transport } }
    })
  return [...registered, ...targets.map((gateway) => ({ gateway }))]
    .filter(({ gateway }) => !isSecure || overTls(gateway))
    .slice(0, candidatesMax)
    .map((place) => ({ ...place, trunkId, isSecure, noAnswerTimeoutMs, ringTimeoutMs }))
}

function overTls({ transport }: Gateway): boolean {
  return transport === 'tls'
}
