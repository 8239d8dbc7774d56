import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createPacer } from '../../src/kernel/pacer.ts'

// The pacer stands on the machine's clock, so here that clock itself is replaced.
beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }))
afterEach(() => void vi.useRealTimers())

test('all that is asked for in one turn is flushed once, at its end', () => {
  const flush = vi.fn()
  const pacer = createPacer(2, flush)
  for (let times = 0; times < 100; times++) pacer.request()
  expect(flush).not.toHaveBeenCalled()
  vi.advanceTimersByTime(0)
  expect(flush).toHaveBeenCalledTimes(1)
})

test('flushes of a busy system stay the spacing apart, and none is forgotten', () => {
  const flushedAtMs: number[] = []
  const pacer = createPacer(2, () => flushedAtMs.push(Date.now() - 1_000_000))
  pacer.request()
  vi.advanceTimersByTime(1)
  pacer.request()
  pacer.request()
  vi.advanceTimersByTime(1)
  expect(flushedAtMs).toEqual([0])
  vi.advanceTimersByTime(1)
  expect(flushedAtMs).toEqual([0, 3])
})

test('after a pause the next request is flushed at once again', () => {
  const flush = vi.fn()
  const pacer = createPacer(2, flush)
  pacer.request()
  vi.advanceTimersByTime(10)
  pacer.request()
  vi.advanceTimersByTime(0)
  expect(flush).toHaveBeenCalledTimes(2)
})
