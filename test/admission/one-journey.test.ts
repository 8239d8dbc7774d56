import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { type Admit, createAdmission } from '../../src/admission/pipeline.ts'
import { noRules } from '../../src/admission/rules.ts'
import { usualConduct } from '../../src/domain/conduct.ts'
import type { Decision } from '../../src/domain/decision.ts'
import { noLimits } from '../../src/domain/limits.ts'
import type { Consent, OptOut } from '../../src/domain/permission.ts'
import type { Policy } from '../../src/domain/policy.ts'
import type { TenantId } from '../../src/domain/tenant.ts'
import type { Store } from '../../src/store/port.ts'
import { openRedisStore } from '../../src/store/redis/store.ts'
import { redisOptions } from '../contract/redis-contract.ts'
import { type RedisKind, redisServers } from '../contract/redis-servers.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { attemptWith, directoryWith } from './fixture.ts'

const serverOf = redisServers()

const acme = 'acme' as TenantId
const e164 = '+13125550188'
const optOut: OptOut = { tenantId: acme, e164, scope: 'all', atMs: 5, source: 'sms stop' }
const consent: Consent = {
  id: 'form-17',
  tenantId: acme,
  e164,
  purpose: 'transactional',
  how: 'web form',
  givenAtMs: 0,
  evidence: 's3://forms/17',
  expiresAtMs: undefined,
  revokedAtMs: undefined,
}
const wanting: Partial<Policy> = {
  conduct: { ...usualConduct, consentClasses: ['transactional'] },
}

interface House extends AsyncDisposable {
  readonly store: Store
  readonly admit: () => Promise<Decision>
  readonly running: () => Promise<number>
}

async function openHouse(kind: RedisKind, policy: Partial<Policy> = {}): Promise<House> {
  const redis = serverOf(kind)
  await redis.flush()
  const clock = new FakeClock()
  const tenant = { limits: { ...noLimits, concurrentMax: 2, callsPerDayMax: 2 } }
  const directory = directoryWith({ tenant, policy })
  const store = await openRedisStore({ ...redisOptions(redis, clock), directory })
  const admit: Admit = createAdmission({
    directory: store.directory,
    limiter: store.limiter,
    clock,
    rateOf: () => undefined,
    rules: { ...noRules(), permissions: store.permissions },
    settings: { storeTimeoutMs: 5_000, leaseMs: 60_000, budgetSliceS: 60 },
  })
  const home = { level: 'tenant', id: acme } as const
  return {
    store,
    admit: () => admit(attemptWith()),
    running: () => store.limiter.running(home, home),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

const step = (decision: Decision, name: string) =>
  decision.trace.find(({ check }) => check === name)
const lastStep = ({ trace }: Decision) => trace.at(-1)

/** Commands about callees and counters that a client sends while `ask` runs. */
async function sentBy(ask: () => Promise<unknown>): Promise<string[]> {
  const url = serverOf('alone').url.reveal()
  const client = new Redis(url)
  const monitor = await client.monitor()
  const sent: string[] = []
  const marked = Promise.withResolvers<void>()
  monitor.on('monitor', (_time: string, args: string[], source: string) => {
    if (args[1] === 'asked') marked.resolve()
    const isOurs = args.some((arg) => arg.includes('{acme}') || arg.includes('{everybody:}'))
    if (isOurs && source !== 'lua') sent.push(args[0] ?? '')
  })
  await ask()
  await client.echo('asked')
  await marked.promise
  monitor.disconnect()
  client.disconnect()
  return sent
}

test('on Redis a decision with opt-outs and consent asked is one command', async () => {
  await using house = await openHouse('alone', wanting)
  await house.store.permissions.addConsents([consent])
  // The first one of a script brings its text.
  await house.admit()
  const sent = await sentBy(async () => expect((await house.admit()).admitted).toBe(true))
  expect(sent).toEqual(['evalsha'])
  await house.store.permissions.addOptOuts([optOut])
  expect(await sentBy(house.admit)).toEqual(['evalsha'])
})

for (const kind of ['alone', 'cluster'] as const) {
  test(`${kind}: an opt-out, the tenant's or everybody's, refuses and takes nothing`, async () => {
    await using house = await openHouse(kind)
    for (const tenantId of [acme, undefined]) {
      await house.store.permissions.addOptOuts([{ ...optOut, tenantId }])
      const refused = await house.admit()
      expect(refused).toMatchObject({ reason: 'do_not_call', detail: 'opt_out' })
      expect(lastStep(refused)).toEqual({
        check: 'do_not_call',
        passed: false,
        figures: { optOut: 'all', atMs: 5, source: 'sms stop' },
      })
      expect(await house.running()).toBe(0)
      await house.store.permissions.withdrawOptOut({ ...optOut, tenantId })
    }
    for (const admitted of [true, true, false]) {
      expect((await house.admit()).admitted).toBe(admitted)
    }
  })

  test(`${kind}: without a consent in force nothing is taken, with one the trace names it`, async () => {
    await using house = await openHouse(kind, wanting)
    const { permissions } = house.store
    await permissions.addConsents([
      { ...consent, id: 'other', purpose: 'marketing' },
      { ...consent, id: 'over', expiresAtMs: 1 },
      { ...consent, id: 'ahead', givenAtMs: Number.MAX_SAFE_INTEGER },
    ])
    const refused = await house.admit()
    expect(refused).toMatchObject({ reason: 'consent_missing' })
    const figures = { needed: true, source: 'policy' }
    expect(lastStep(refused)).toEqual({ check: 'consent', passed: false, figures })
    expect(await house.running()).toBe(0)

    await permissions.addConsents([consent, { ...consent, id: 'newer', givenAtMs: 2 }])
    const { id, how, evidence } = consent
    const found = { ...figures, consentId: 'newer', how, givenAtMs: 2, evidence }
    const admitted = await house.admit()
    expect(step(admitted, 'consent')).toEqual({ check: 'consent', passed: true, figures: found })
    expect(lastStep(admitted)?.check).toBe('limits')
    expect(await house.running()).toBe(1)
    await permissions.revokeConsent(acme, 'newer', 3)
    const next = await house.admit()
    expect(step(next, 'consent')?.figures).toMatchObject({ consentId: id })
    const full = await house.admit()
    expect(full).toMatchObject({ reason: 'concurrency_exceeded' })
    expect(step(full, 'consent')?.figures).toMatchObject({ consentId: id })
    await permissions.revokeConsent(acme, id, 3)
    expect(await house.admit()).toMatchObject({ reason: 'consent_missing' })
  })
}

test('a lost server: what sells or needs a consent is refused, what may go on goes on unasked', async () => {
  const local = { whenStoreLost: 'local' } as const
  await using free = await openHouse('alone', local)
  await using bound = await openHouse('alone', { ...local, ...wanting })
  const redis = serverOf('alone')
  await redis.kill()
  try {
    const admitted = await free.admit()
    expect(admitted.admitted).toBe(true)
    expect(step(admitted, 'do_not_call')?.figures).toEqual({ optOuts: 'unknown' })
    expect(await bound.admit()).toMatchObject({ reason: 'store_unavailable' })
  } finally {
    await redis.restart()
  }
})
