import { expect, test } from 'vitest'
import { sleep } from '../../src/kernel/clock.ts'
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
