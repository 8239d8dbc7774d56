import { askStore, type StorePatience } from '../admission/ask-store.ts'
import type { CallId } from '../domain/attempt.ts'
import type { Limiter, RateClaim } from '../store/port.ts'
import { type Caller, tenantOf } from './caller.ts'

/** How long what a request has taken could be held; it is given back at once. */
const leaseMs = 1_000
/** All keys of a tenant together have this many times what one has. */
const keysPerTenant = 10
/** Where the operator's keys are counted; no tenant is called so. */
const operatorsHome = '/operators'

export interface RateParts extends StorePatience {
  readonly limiter: Pick<Limiter, 'take' | 'release'>
  readonly requestsPerSecondMax: number
}

/**
 * Counts a request where calls are counted too, apart from them. Undefined: it may go on; else how long
 * until the next may, seconds. Throws where the store is lost.
 */
export function createRate(
  parts: RateParts,
): (caller: Caller, requestId: string) => Promise<number | undefined> {
  const { limiter, requestsPerSecondMax } = parts
  return async (caller, requestId) => {
    const tenantId = tenantOf(caller)
    const home = { level: 'tenant', id: tenantId ?? operatorsHome } as const
    const claims = [rateOf('key', caller.key.id, requestsPerSecondMax)]
    if (tenantId) claims.push(rateOf('tenant', tenantId, requestsPerSecondMax * keysPerTenant))
    const callId = `api-${requestId}` as CallId
    const request = {
      callId,
      part: 'admission',
      home,
      claims,
      leaseMs,
      whenLost: 'refuse',
    } as const
    const result = await askStore(parts, () => limiter.take(request))
    if (!result.taken) return Math.ceil((result.freesInMs ?? leaseMs) / 1000) || 1
    void limiter.release(result.leases)
    return undefined
  }
}

function rateOf(level: 'key' | 'tenant', id: string, perSecondMax: number): RateClaim {
  return { kind: 'rate', owner: { level, id: `${id}/api` }, perSecondMax, burst: 2 * perSecondMax }
}
