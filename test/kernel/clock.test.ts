import { expect, test } from 'vitest'
import { guardedClock, sleep } from '../../src/kernel/clock.ts'
import { FakeClock } from '../support/fake-clock.ts'

test('a sleep ends when its time has come, not before', async () => {
  const clock = new FakeClock()
  let ended = false
  const sleeping = sleep(clock, 100).then(() => {
    ended = true
  })
  await clock.advanceAsync(99)
  expect(ended).toBe(false)
  await clock.advanceAsync(1)
  await sleeping
  expect(clock.pendingCount).toBe(0)
})

test('an aborted sleep ends at once and leaves no timer and no listener', async () => {
  const clock = new FakeClock()
  const abort = new AbortController()
  const sleeping = sleep(clock, 100, abort.signal)
  abort.abort()
  await sleeping
  await sleep(clock, 100, abort.signal)
  expect(clock.pendingCount).toBe(0)
})

test('what a timer of a guarded clock throws is reported, and the others go on', () => {
  const clock = new FakeClock()
  const faults: unknown[] = []
  const ran: string[] = []
  const guarded = guardedClock(clock, (cause) => faults.push(cause))
  const failure = new Error('broken')
  guarded.after(10, () => {
    throw failure
  })
  guarded.after(10, () => ran.push('once'))
  const ticking = guarded.every(15, () => {
    ran.push('tick')
    throw failure
  })
  guarded.after(20, () => ran.push('never')).cancel()
  clock.advance(30)
  ticking.cancel()
  clock.advance(30)
  expect(ran).toEqual(['once', 'tick', 'tick'])
  expect(faults).toEqual([failure, failure, failure])
  expect(guarded.now() + guarded.monotonic()).toBe(clock.now() + clock.monotonic())
})
