import { expect, test } from 'vitest'
import { defaultLoadLimits, LoadWatch, lagPeriodMs } from '../../../src/engine/guard/load-watch.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const limits = defaultLoadLimits
const stranger = { protocol: 'udp', address: '192.0.2.1', port: 5060 } as const
const known = { protocol: 'udp', address: '198.51.100.1', port: 5060 } as const

function open() {
  const clock = new FakeClock()
  let unheard = 0
  let lateMs = 0
  /** Time as this thread sees it when it comes late to its timers. */
  const lateClock = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic() + lateMs,
    after: clock.after.bind(clock),
    every: clock.every.bind(clock),
  }
  const watch = new LoadWatch({
    clock: lateClock,
    unheard: () => unheard,
    isStranger: ({ address }) => address === stranger.address,
  })
  return {
    watch,
    clock,
    wait: (count: number) => {
      unheard = count
      return [watch.sheds(stranger), watch.sheds(known)]
    },
    /** So many timers in a row come so late, and new calls with each. */
    lag: (ms: number, times = limits.lagTimes, calls = limits.lagCallsMin) => {
      for (let time = 0; time < times; time++) {
        for (let nth = 0; nth < calls; nth++) watch.sheds(stranger)
        lateMs += ms
        clock.advance(lagPeriodMs)
      }
      return [watch.sheds(stranger), watch.sheds(known)]
    },
  }
}

test('strangers are refused before callers who are known', () => {
  const { wait } = open()
  expect(wait(limits.unheardOn - 1)).toEqual([false, false])
  expect(wait(limits.unheardOn)).toEqual([true, false])
  expect(wait(limits.unheardOn * limits.knownFactor)).toEqual([true, true])
})

test('who is refused stays so until the load is well below what began it', () => {
  const { wait } = open()
  wait(limits.unheardOn * limits.knownFactor)
  expect(wait(limits.unheardOff * limits.knownFactor + 1)).toEqual([true, true])
  expect(wait(limits.unheardOff * limits.knownFactor)).toEqual([true, false])
  expect(wait(limits.unheardOff + 1)).toEqual([true, false])
  expect(wait(limits.unheardOff)).toEqual([false, false])
  expect(wait(limits.unheardOn - 1)).toEqual([false, false])
})

test('the application is behind before anybody is refused for it', () => {
  const { watch, wait } = open()
  wait(limits.unheardOff - 1)
  expect(watch.isBehind()).toBe(false)
  expect(wait(limits.unheardOff)).toEqual([false, false])
  expect(watch.isBehind()).toBe(true)
})

test('a thread that goes on coming late refuses strangers, and takes them again when it is in time', () => {
  const { lag } = open()
  expect(lag(limits.lagOnMs - 1)).toEqual([false, false])
  expect(lag(limits.lagOnMs)).toEqual([true, false])
  expect(lag(limits.lagOnMs * limits.knownFactor)).toEqual([true, true])
  expect(lag(0, 4)).toEqual([true, false])
  expect(lag(0, 6)).toEqual([false, false])
})

test('a thread that was held up and is in time again refuses none', () => {
  const { lag } = open()
  const stallMs = limits.lagOnMs * limits.knownFactor
  expect(lag(stallMs, limits.lagTimes - 1)).toEqual([false, false])
  expect(lag(0, 1)).toEqual([false, false])
  expect(lag(stallMs, limits.lagTimes - 1)).toEqual([false, false])
})

test('a thread that comes late for other reasons than calls refuses none', () => {
  const { lag } = open()
  const lagMs = limits.lagOnMs * limits.knownFactor
  expect(lag(lagMs, limits.lagTimes, 10)).toEqual([false, false])
  expect(lag(lagMs)).toEqual([true, true])
  expect(lag(2_000, limits.lagTimes, 10)).toEqual([false, false])
})

test('a thread with few new calls is not woken to be measured', () => {
  const { watch, clock, lag } = open()
  expect(clock.pendingCount).toBe(0)
  for (let nth = 1; nth < limits.lagCallsMin; nth++) watch.sheds(stranger)
  expect(clock.pendingCount).toBe(0)
  watch.sheds(stranger)
  expect(clock.pendingCount).toBe(1)
  clock.advance(1_000)
  expect(clock.pendingCount).toBe(1)
  clock.advance(1_100)
  expect(clock.pendingCount).toBe(0)
  expect(lag(limits.lagOnMs)).toEqual([true, false])
})

test('who was refused while the thread came late is taken again once it has had rest', () => {
  const { watch, clock, lag } = open()
  expect(lag(limits.lagOnMs * limits.knownFactor)).toEqual([true, true])
  clock.advance(2_100)
  expect([watch.sheds(stranger), watch.sheds(known)]).toEqual([false, false])
})

test('a watch that is closed measures no more', () => {
  const { watch, clock, lag } = open()
  lag(0)
  watch.close()
  expect(clock.pendingCount).toBe(0)
  lag(0)
  expect(clock.pendingCount).toBe(0)
})
