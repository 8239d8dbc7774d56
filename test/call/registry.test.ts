import { expect, test, vi } from 'vitest'
import { CallRegistry, emergencyPatienceMs, emergencyPlacesMax } from '../../src/call/registry.ts'
import type { CallId } from '../../src/domain/attempt.ts'
import type { TenantId } from '../../src/domain/tenant.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { FakeClock } from '../support/fake-clock.ts'

const leases = { callId: 'a' as CallId, [Symbol.asyncDispose]: async () => undefined }
const id = (name: string) => name as CallId

function setUp(renew: () => Promise<void> = () => Promise.resolve()) {
  const clock = new FakeClock()
  const renewed = vi.fn(renew)
  const registry = new CallRegistry({
    clock,
    logger: silentLogger,
    limiter: { renew: renewed },
    leaseMs: 30_000,
    callsMax: 2,
  })
  return { clock, registry, renewed }
}

function place(registry: CallRegistry, name: string) {
  const entered = registry.enter(id(name))
  if (typeof entered === 'string') throw new Error(entered)
  return entered
}

test('there is room for as many calls as the limit says, and again when one ends', () => {
  const { registry } = setUp()
  const first = place(registry, 'a')
  place(registry, 'b')
  expect(registry.enter(id('c'))).toBe('node_overloaded')
  expect(registry.accepting).toBe(false)
  first[Symbol.dispose]()
  first[Symbol.dispose]()
  expect(registry.accepting).toBe(true)
})

test('one heartbeat renews the leases of all admitted calls three times in a lease', async () => {
  const { clock, registry, renewed } = setUp()
  place(registry, 'undecided')
  place(registry, 'admitted').hold(leases)
  expect([registry.size, registry.leases]).toEqual([2, 1])
  await clock.advanceAsync(30_000)
  expect(renewed.mock.calls).toEqual(Array(3).fill([[leases], 30_000]))
})

test('leases let go are renewed no more, while the call goes on', async () => {
  const { clock, registry, renewed } = setUp()
  place(registry, 'a').hold(leases)[Symbol.dispose]()
  expect([registry.size, registry.leases]).toEqual([1, 0])
  await clock.advanceAsync(30_000)
  expect(renewed).not.toHaveBeenCalled()
})

test('a renewal that fails or hangs does not stop or pile up the heartbeat', async () => {
  const failing = setUp(() => Promise.reject(new Error('down')))
  place(failing.registry, 'a').hold(leases)
  await failing.clock.advanceAsync(30_000)
  expect(failing.renewed).toHaveBeenCalledTimes(3)
  const hanging = setUp(() => new Promise(() => undefined))
  place(hanging.registry, 'a').hold(leases)
  await hanging.clock.advanceAsync(60_000)
  expect(hanging.renewed).toHaveBeenCalledTimes(1)
})

test('a drain takes no calls, waits for the running, and is over with the last of them', async () => {
  const { clock, registry } = setUp()
  const running = place(registry, 'a')
  const drained = registry.drain(10_000)
  expect(registry.enter(id('b'))).toBe('node_draining')
  running[Symbol.dispose]()
  await drained
  expect(clock.pendingCount).toBe(1)
})

test('a drain that is asked for again is over for all who asked with the last call', async () => {
  const { clock, registry } = setUp()
  const running = place(registry, 'a')
  const drained = [registry.drain(10_000), registry.drain(20_000)]
  running[Symbol.dispose]()
  await Promise.all(drained)
  expect(clock.pendingCount).toBe(1)
})

test('a drain hangs up what is left at its deadline, and ends even if that does not help', async () => {
  const { clock, registry } = setUp()
  const hungUp: string[] = []
  const stubborn = place(registry, 'a')
  stubborn.control.onHangUp((cause) => void hungUp.push(cause))
  const drained = registry.drain(10_000)
  await clock.advanceAsync(9_999)
  expect(hungUp).toEqual([])
  await clock.advanceAsync(5_000)
  await drained
  expect(hungUp).toEqual(['drained'])
})

test('a disposed registry leaves no timer', () => {
  const { clock, registry } = setUp()
  registry[Symbol.dispose]()
  expect(clock.pendingCount).toBe(0)
})

test('what may be an emergency finds a place beyond the last one and in a drain, so many of them', () => {
  const { registry } = setUp()
  place(registry, 'a')
  place(registry, 'b')
  for (let call = 0; call < emergencyPlacesMax; call++) {
    expect(registry.enter(id(`e${call}`), true)).toMatchObject({ emergencyOnly: 'node_overloaded' })
  }
  expect(registry.enter(id('one more'), true)).toBe('node_overloaded')
  const other = setUp()
  void other.registry.drain(1000)
  expect(other.registry.enter(id('e'), true)).toMatchObject({ emergencyOnly: 'node_draining' })
})

test('the deadline of a drain leaves an emergency ten minutes more', async () => {
  const { clock, registry } = setUp()
  const ended: string[] = []
  const ordinary = place(registry, 'a')
  ordinary.control.onHangUp(() => {
    ended.push('ordinary')
    ordinary[Symbol.dispose]()
  })
  const emergency = place(registry, 'e')
  emergency.markEmergency()
  emergency.control.onHangUp(() => {
    ended.push('emergency')
    emergency[Symbol.dispose]()
  })
  const drained = registry.drain(1000)
  await clock.advanceAsync(1000)
  expect(ended).toEqual(['ordinary'])
  await clock.advanceAsync(emergencyPatienceMs - 1)
  expect(ended).toEqual(['ordinary'])
  await clock.advanceAsync(1)
  expect(ended).toEqual(['ordinary', 'emergency'])
  await drained
})

test('calls are listed with whose they are, and one is ended by its id, no emergency ever', () => {
  const { registry } = setUp()
  const one = place(registry, 'one')
  one.belongsTo({ keyId: undefined, tenantId: 'acme' as TenantId })
  place(registry, 'help').markEmergency()
  const causes: string[] = []
  one.control.onHangUp((cause) => causes.push(cause))
  expect(registry.list()).toMatchObject([
    { id: 'one', holder: { tenantId: 'acme' }, isEmergency: false },
    { id: 'help', isEmergency: true },
  ])
  expect(registry.end(id('help'), 'operator')).toBe(false)
  expect(registry.end(id('one'), 'operator')).toBe(true)
  expect(causes).toEqual(['operator'])
  expect(registry.end(id('gone'), 'operator')).toBe(false)
})
