import { appendingBy } from '../../audit/appending-by.ts'
import type { AuditEvent, AuditLog } from '../../audit/event.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Limiter, Store } from '../../store/port.ts'
import type { GateMeters } from './call-metrics.ts'

interface Watching {
  readonly meters: GateMeters
  readonly clock: Clock
}

/** The same log; `take` hears every event, and how long each took is measured. */
export function watchedLog(
  { meters, clock }: Watching,
  log: AuditLog,
  take: (event: AuditEvent) => void,
): AuditLog {
  return appendingBy(log, async (event) => {
    take(event)
    const beganMs = clock.monotonic()
    try {
      await log.append(event)
      meters.observe('tollgate_audit_append_seconds', {}, clock.monotonic() - beganMs)
    } catch (error) {
      meters.count('tollgate_audit_failures_total', {})
      throw error
    }
  })
}

type Step = 'take' | 'extend' | 'renew' | 'release'

/** The same store; how long each step of its limiter took is measured. */
export function watchedStore(watching: Watching, store: Store): Store {
  const { limiter } = store
  const { directory, keys, tenants, board, permissions } = store
  const timed = <Result>(step: Step, run: () => Promise<Result>) => time(watching, step, run)
  const watched: Limiter = {
    take: (request) => timed('take', () => limiter.take(request)),
    peek: (request) => limiter.peek(request),
    ...(limiter.takePermitted && {
      takePermitted: async (request, ask) =>
        await timed('take', async () => {
          const taken = await limiter.takePermitted?.(request, ask)
          return taken ?? { said: undefined, result: undefined }
        }),
    }),
    renew: (leases, leaseMs) => timed('renew', () => limiter.renew(leases, leaseMs)),
    extend: (leases, addMicros) => timed('extend', () => limiter.extend(leases, addMicros)),
    release: (leases, costMicros) => timed('release', () => limiter.release(leases, costMicros)),
    running: (home, owner) => limiter.running(home, owner),
    spentMicros: (home, budget) => limiter.spentMicros(home, budget),
  }
  return {
    directory,
    keys,
    tenants,
    board,
    permissions,
    limiter: watched,
    redeclare: (declared) => store.redeclare(declared),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

async function time<Result>(
  { meters, clock }: Watching,
  step: Step,
  run: () => Promise<Result>,
): Promise<Result> {
  const beganMs = clock.monotonic()
  try {
    const result = await run()
    meters.observe('tollgate_store_seconds', { step }, clock.monotonic() - beganMs)
    return result
  } catch (error) {
    meters.count('tollgate_store_failures_total', { step })
    throw error
  }
}
