import { expect, test, vi } from 'vitest'
import type { Leases } from '../../src/domain/decision.ts'
import { noLimits } from '../../src/domain/limits.ts'
import type { Rate } from '../../src/domain/money.ts'
import type { BudgetClaim, ConcurrencyClaim, TakeRequest } from '../../src/store/port.ts'
import { eventually, StillClock } from '../support/call-gate.ts'
import { useCallStage } from '../support/call-stage.ts'

const stage = useCallStage()

const rate: Rate = {
  prefix: '1',
  currency: 'USD',
  perMinuteMicros: 6_000,
  connectionFeeMicros: 100,
  firstIncrementS: 60,
  nextIncrementS: 6,
}
const claim: BudgetClaim = {
  kind: 'budget',
  owner: { level: 'key', id: 'key' },
  period: { unit: 'day', name: '2026-01-05', endsAtMs: 0 },
  currency: 'USD',
  capMicros: 0,
  reserveMicros: 0,
}
const noMoney = { taken: false, claim, freesInMs: undefined } as const

test('a call has its money reserved a slice ahead, and at its end it has cost what it lasted', async () => {
  const clock = new StillClock()
  const extend = vi.fn(async () => ({ taken: true }) as const)
  const release = vi.fn(async () => undefined)
  await stage.open({ clock, rate, limiter: { extend, release } })
  const { call } = await stage.establish()
  await eventually('the ACK has come', () => clock.pendingCount === 2)
  clock.advance(53_999)
  expect(extend).not.toHaveBeenCalled()
  clock.advance(1)
  await eventually('money is reserved', () => clock.pendingCount === 2)
  expect(extend.mock.calls).toEqual([[expect.anything(), 6_000]])
  clock.advance(9_001)
  await stage.hangUp(call)
  await stage.gate.quiet()
  expect(release.mock.calls).toEqual([[expect.anything(), 100 + 6_000 + 600]])
})

test.each([
  ['the cap', async () => noMoney, 'budget_exceeded'],
  ['a store that is lost', () => Promise.reject(new Error('down')), 'store_unavailable'],
])(
  'at %s a running call is ended before it costs more, and both sides hear why',
  async (_, extend, reason) => {
    const clock = new StillClock()
    const release = vi.fn(async () => undefined)
    await stage.open({ clock, rate, limiter: { extend, release } })
    await stage.establish()
    await eventually('the ACK has come', () => clock.pendingCount === 2)
    await clock.advanceAsync(58_999)
    expect(stage.alice.history.some(({ message }) => message.startLine.startsWith('BYE '))).toBe(
      false,
    )
    await clock.advanceAsync(1)
    for (const ua of [stage.alice, stage.bob]) {
      const bye = await ua.request('BYE')
      expect(bye.message.first('reason')).toContain(reason)
      ua.respond(bye, 200)
    }
    await stage.gate.quiet()
    expect(stage.ended).toMatchObject({ endedBy: 'gate', cause: reason, durationMs: 59_000 })
    expect(release.mock.calls).toEqual([[expect.anything(), 100 + 6_000]])
  },
)

test('in shadow the money of the policy ends no call', async () => {
  const clock = new StillClock()
  const extend = vi.fn(async () => noMoney)
  await stage.open({ clock, rate, enforcement: 'shadow', limiter: { extend } })
  const { call } = await stage.establish()
  await eventually('the ACK has come', () => clock.pendingCount === 1)
  await clock.advanceAsync(100_000)
  expect(stage.alice.history.some(({ message }) => message.startLine.startsWith('BYE '))).toBe(
    false,
  )
  await stage.hangUp(call)
})

test('money that comes free just in time lets the call go on', async () => {
  const clock = new StillClock()
  const answers = [noMoney, noMoney, { taken: true } as const]
  const extend = vi.fn(async () => answers.shift() ?? noMoney)
  await stage.open({ clock, rate, limiter: { extend } })
  const { call } = await stage.establish()
  await eventually('the ACK has come', () => clock.pendingCount === 2)
  await clock.advanceAsync(100_000)
  expect(extend).toHaveBeenCalledTimes(3)
  await stage.hangUp(call)
})

test('a call that was not answered has cost nothing', async () => {
  const release = vi.fn(async () => undefined)
  await stage.open({ rate, limiter: { release } })
  const { call } = await stage.ring()
  call.cancel()
  stage.bob.respond(await stage.bob.request('CANCEL'), 200)
  const [invite] = stage.bob.history
  if (invite) stage.bob.respond(invite, 487)
  call.ackFailure(await stage.alice.response(487))
  await stage.gate.quiet()
  expect(release.mock.calls).toEqual([[expect.anything(), 0]])
})

test('a gateway without room is passed over, and a call holds the room of the one it is on', async () => {
  const held = new Set<string>()
  const full: ConcurrencyClaim = {
    kind: 'concurrency',
    owner: { level: 'carrier', id: 'carrier' },
    slotsMax: 1,
  }
  const take = vi.fn(async ({ callId, part }: TakeRequest) => {
    if (part === 'dial-1') return { ...noMoney, claim: full }
    held.add(part)
    const leases = { callId, part, [Symbol.asyncDispose]: async () => undefined }
    return { taken: true, leases } as const
  })
  const release = async (leases: Leases) => void held.delete(Object(leases).part)
  const carrierLimits = { ...noLimits, concurrentMax: 1 }
  await stage.open({ limiter: { take, release }, carrierLimits })
  const call = stage.newCall()
  call.invite()
  const invite = await stage.carol.request('INVITE')
  expect(stage.bob.history).toEqual([])
  expect([...held]).toEqual(['dial-2'])
  expect(take.mock.calls[0]?.[0]).toMatchObject({
    home: { level: 'carrier', id: 'carrier' },
    claims: [full],
  })
  stage.carol.respond(invite, 486)
  call.ackFailure(await stage.alice.response(486))
  await stage.gate.quiet()
  expect(held.size).toBe(0)
  expect(stage.story).toContain('call.passed_over')
})

test('where no gateway has room, or nobody can tell, the call is refused and nothing is dialled', async () => {
  const take = () => Promise.reject(new Error('down'))
  await stage.open({ limiter: { take }, carrierLimits: { ...noLimits, concurrentMax: 1 } })
  const call = stage.newCall()
  call.invite()
  const refused = await stage.alice.response(500)
  call.ackFailure(refused)
  expect(refused.message.first('reason')).toContain('carriers_exhausted')
  expect(passedOver().map((event) => 'limit' in event && event.limit)).toEqual([
    undefined,
    undefined,
  ])
  expect([...stage.bob.history, ...stage.carol.history]).toEqual([])
})

test('where every gateway is full the caller hears which limit frees first, and when', async () => {
  const full = (level: 'carrier' | 'gateway', freesInMs: number) => {
    const owner = { level, id: 'x' }
    const period = { unit: 'day', name: '2026-01-05', endsAtMs: 0 } as const
    return {
      taken: false,
      claim: { kind: 'period', owner, period, callsMax: 1 },
      freesInMs,
    } as const
  }
  const answers = [full('gateway', 90_000), full('carrier', 30_000)]
  const take = vi.fn(async (_: TakeRequest) => answers.shift() ?? full('carrier', 50_000))
  const carrierLimits = { ...noLimits, callsPerDayMax: 1, attemptsPerCallee24hMax: 1 }
  await stage.open({ limiter: { take }, carrierLimits })
  const call = stage.newCall()
  call.invite()
  const refused = await stage.alice.response(500)
  call.ackFailure(refused)
  expect(take.mock.calls[0]?.[0].claims.map(({ kind }) => kind)).toEqual(['period', 'callee'])
  expect(refused.message.first('reason')).toBe(
    'SIP;cause=500;text="carriers_exhausted (carrier, day)"',
  )
  expect(refused.message.first('retry-after')).toBe('30')
  expect(passedOver()).toMatchObject([
    { limit: 'gateway, day', freesInMs: 90_000 },
    { limit: 'carrier, day', freesInMs: 30_000 },
  ])
})

const passedOver = () => stage.gate.events.filter(({ type }) => type === 'call.passed_over')

const carrierBudget = { currency: 'USD', perDayMicros: 1_000_000, perMonthMicros: undefined }

test("a carrier's money is reserved ahead of the call and settled by its increments", async () => {
  const clock = new StillClock()
  const take = vi.fn(async ({ callId }: TakeRequest) => {
    const leases = { callId, [Symbol.asyncDispose]: async () => undefined }
    return { taken: true, leases } as const
  })
  const extend = vi.fn(async () => ({ taken: true }) as const)
  const release = vi.fn(async () => undefined)
  const carrierLimits = { ...noLimits, budget: carrierBudget }
  const limiter = { take, extend, release }
  await stage.open({ clock, limiter, carrierLimits, carrierRate: rate })
  const { call } = await stage.establish()
  await eventually('the ACK has come', () => clock.pendingCount === 2)
  expect(take.mock.calls[0]?.[0].claims).toMatchObject([{ kind: 'budget', reserveMicros: 6_100 }])
  await clock.advanceAsync(54_000)
  expect(extend.mock.calls).toEqual([[expect.anything(), 6_000]])
  clock.advance(9_001)
  await stage.hangUp(call)
  await stage.gate.quiet()
  expect(release.mock.calls).toContainEqual([expect.anything(), 100 + 6_000 + 600])
})

test('a carrier with a budget that has no price for the number is passed over', async () => {
  const take = vi.fn()
  await stage.open({ limiter: { take }, carrierLimits: { ...noLimits, budget: carrierBudget } })
  const call = stage.newCall()
  call.invite()
  const refused = await stage.alice.response(500)
  call.ackFailure(refused)
  expect(refused.message.first('reason')).toContain('carriers_exhausted (carrier, price)')
  expect(take).not.toHaveBeenCalled()
})
