import { expect, test, vi } from 'vitest'
import type { TakeResult } from '../../src/store/port.ts'
import { attemptWith, openWorld, type World } from './fixture.ts'

const broken = async () => {
  throw new Error('connection lost')
}
const thrown = () => {
  throw new Error('not even a promise')
}
/** Lets everything happen that needs no time. */
const settle = () => new Promise((resolve) => setImmediate(resolve))
const silent = () => new Promise<never>(() => undefined)

const parts: [string, (how: () => never | Promise<never>) => World][] = [
  ['findKey', (how) => ({ directory: { findKey: how } })],
  ['findTenant', (how) => ({ directory: { findTenant: how } })],
  ['findPolicy', (how) => ({ directory: { findPolicy: how } })],
  ['take', (how) => ({ limiter: { take: how } })],
]

test.each(parts)('when %s fails the call is refused, never admitted', async (_, world) => {
  for (const how of [broken, thrown]) {
    await using failing = await openWorld(world(how))
    const timers = failing.clock.pendingCount
    expect(await failing.call()).toMatchObject({ admitted: false, reason: 'store_unavailable' })
    expect(failing.clock.pendingCount).toBe(timers)
  }
})

test.each(parts)('when %s does not answer in a second the call is refused', async (_, world) => {
  await using failing = await openWorld(world(silent))
  const deciding = failing.call()
  const settled = vi.fn()
  deciding.then(settled, settled)
  await settle()
  await failing.clock.advanceAsync(999)
  expect(settled).not.toHaveBeenCalled()
  await failing.clock.advanceAsync(1)
  expect(await deciding).toMatchObject({
    admitted: false,
    reason: 'store_unavailable',
    detail: 'no answer in 1000 ms',
  })
})

test('leases that come after the call was refused are given back', async () => {
  const { promise, resolve } = Promise.withResolvers<TakeResult>()
  await using world = await openWorld({ limiter: { take: () => promise } })
  const attempt = attemptWith()
  const deciding = world.admit(attempt)
  await settle()
  await world.clock.advanceAsync(1000)
  expect(await deciding).toMatchObject({ reason: 'store_unavailable' })
  const dispose = vi.fn(async () => undefined)
  resolve({ taken: true, leases: { callId: attempt.id, [Symbol.asyncDispose]: dispose } })
  await settle()
  expect(dispose).toHaveBeenCalledOnce()
})

test('a key whose tenant or policy is missing is not decided on', async () => {
  for (const missing of ['findTenant', 'findPolicy'] as const) {
    await using world = await openWorld({ directory: { [missing]: async () => undefined } })
    expect(await world.call()).toMatchObject({ admitted: false, reason: 'store_unavailable' })
  }
})

test('a fault of ours refuses the call, and the trace shows where', async () => {
  await using world = await openWorld({ tenant: { timeZone: 'Nowhere/Atlantis' } })
  const decision = await world.call()
  expect(decision).toMatchObject({ admitted: false, reason: 'internal_error' })
  expect(decision.trace.at(-1)).toEqual({
    check: 'limits',
    passed: false,
    figures: { decided: false },
  })
})

test('no timer is left behind by a decision', async () => {
  await using world = await openWorld()
  const before = world.clock.pendingCount
  await world.call()
  await world.call({ presentedKeys: [] })
  expect(world.clock.pendingCount).toBe(before)
})
