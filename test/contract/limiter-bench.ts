import type { CallId } from '../../src/domain/attempt.ts'
import type { Leases } from '../../src/domain/decision.ts'
import type { Claim, Home, Limiter, LimitOwner, TakeResult } from '../../src/store/port.ts'
import { FakeClock } from '../support/fake-clock.ts'

/** A limiter on its own, empty, with the clock that drives it. */
export interface OpenedLimiter extends AsyncDisposable {
  readonly limiter: Limiter
}

export const key: LimitOwner = { level: 'key', id: 'k1' }
export const tenant: LimitOwner = { level: 'tenant', id: 't1' }
export const home: Home = { level: 'tenant', id: 't1' }
export const leaseMs = 100_000

/** Gives a limiter without any history. */
export type OpenLimiter = (clock: FakeClock) => Promise<OpenedLimiter>

/** A limiter, a clock, and calls by names of their own. */
export async function bench(open: OpenLimiter, at: Home = home) {
  const clock = new FakeClock()
  const opened = await open(clock)
  const { limiter } = opened
  const taken = new Map<string, Leases>()
  let calls = 0
  const take = async (claims: readonly Claim[], id = `call-${calls++}`): Promise<TakeResult> => {
    const result = await limiter.take({
      callId: id as CallId,
      part: 'admission',
      home: at,
      claims,
      leaseMs,
      whenLost: 'refuse',
    })
    if (result.taken) taken.set(id, result.leases)
    return result
  }
  const leases = (id: string) => taken.get(id) ?? strangers(id)
  return {
    clock,
    limiter,
    take,
    taken: async (claims: readonly Claim[], id?: string) => (await take(claims, id)).taken,
    renew: (...ids: string[]) => limiter.renew(ids.map(leases), leaseMs),
    release: (id: string, costMicros?: number) => limiter.release(leases(id), costMicros),
    extend: (id: string, addMicros: number) => limiter.extend(leases(id), addMicros),
    running: (owner: LimitOwner) => limiter.running(at, owner),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  }
}

/** Leases that no limiter has given. */
function strangers(id: string): Leases {
  return { callId: id as CallId, [Symbol.asyncDispose]: async () => undefined }
}

/** The most entries of a sorted list within any half-open span. */
export function busiest(timesMs: readonly number[], spanMs: number): number {
  return Math.max(
    0,
    ...timesMs.map((fromMs) => timesMs.filter((t) => t >= fromMs && t < fromMs + spanMs).length),
  )
}
