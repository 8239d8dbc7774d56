import { expect, test } from 'vitest'
import { Secret } from '../../src/kernel/secret.ts'
import { noLimits, openWorld } from './fixture.ts'

const shadow = { enforcement: 'shadow' } as const

// biome-ignore format: one case a line
const letThrough = [
  { reason: 'scope_denied', check: 'scope', policy: { scopes: [] }, attempt: {} },
  { reason: 'geo_country_denied', check: 'destination_region', policy: { regions: ['CA'] }, attempt: {} },
  { reason: 'geo_type_denied', check: 'destination_type', policy: { numberTypes: [] }, attempt: {} },
  { reason: 'caller_id_not_allowed', check: 'caller_id', policy: { foreignCallerId: 'refuse' }, attempt: { from: '<sip:+13105550199@pbx>;tag=1' } },
] as const

test.each(letThrough)('in shadow $reason is noted and lets the call pass', async (row) => {
  const { reason, check, policy, attempt } = row
  await using enforced = await openWorld({ policy })
  expect(await enforced.call(attempt)).toMatchObject({ admitted: false, reason })
  await using world = await openWorld({ policy: { ...policy, ...shadow } })
  const decision = await world.call(attempt)
  expect(decision.admitted).toBe(true)
  const noted = decision.trace.filter(({ figures }) => 'shadow' in figures)
  expect(noted).toEqual([
    { check, passed: true, figures: expect.objectContaining({ shadow: reason }) },
  ])
  if (decision.admitted) await decision.leases[Symbol.asyncDispose]()
})

test('a limit in shadow holds nobody back, and takes nothing beyond it', async () => {
  const limits = { ...noLimits, concurrentMax: 1 }
  await using world = await openWorld({ policy: { ...shadow, limits } })
  const [first, second] = [await world.call(), await world.call()]
  expect([first.admitted, second.admitted]).toEqual([true, true])
  expect(first.trace.at(-1)?.figures).not.toHaveProperty('shadow')
  expect(second.trace.at(-1)).toMatchObject({
    check: 'limits',
    passed: true,
    figures: { shadow: 'concurrency_exceeded', detail: 'key_concurrency' },
  })
})

// biome-ignore format: one case a line
const held = [
  { reason: 'credentials_invalid', world: {}, attempt: { presentedKeys: [new Secret('tg_live_x')] } },
  { reason: 'credentials_missing', world: {}, attempt: { presentedKeys: [] } },
  { reason: 'key_suspended', world: { key: { status: 'suspended' } }, attempt: {} },
  { reason: 'tenant_suspended', world: { tenant: { status: 'suspended' } }, attempt: {} },
  { reason: 'number_invalid', world: {}, attempt: { requestUri: 'sip:+11125550123@gate' } },
  { reason: 'caller_id_not_allowed', world: {}, attempt: { from: '<sip:reception@pbx>;tag=1' } },
] as const

test.each(held)('no shadow falls on $reason', async ({ reason, world, attempt }) => {
  await using opened = await openWorld({ ...world, policy: shadow })
  expect(await opened.call(attempt)).toMatchObject({ admitted: false, reason })
})

test('a store that does not answer refuses in shadow too', async () => {
  const limiter = { take: () => Promise.reject(new Error('down')) }
  await using world = await openWorld({ policy: shadow, limiter })
  expect(await world.call()).toMatchObject({ admitted: false, reason: 'store_unavailable' })
})
