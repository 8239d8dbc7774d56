import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createPacer, type Pacer } from '../../src/kernel/pacer.ts'

const spacingMs = 2

// The pacer stands on the machine's clock, so here that clock itself is replaced.
beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }))
afterEach(() => void vi.useRealTimers())

test('all that is asked for in one turn is flushed once, at its end', () => {
  const flush = vi.fn()
  const pacer = createPacer(spacingMs, flush)
  for (let times = 0; times < 100; times++) pacer.request()
  expect(flush).not.toHaveBeenCalled()
  vi.advanceTimersByTime(0)
  expect(flush).toHaveBeenCalledTimes(1)
})

/** Asks for a flush every millisecond until none comes at once any more. */
function makeBusy(pacer: Pacer, flush: { readonly mock: { readonly calls: unknown[] } }): void {
  for (;;) {
    const before = flush.mock.calls.length
    pacer.request()
    vi.advanceTimersByTime(0)
    if (flush.mock.calls.length === before) break
  }
  vi.advanceTimersByTime(spacingMs)
}

test('flushes of a busy system stay the spacing apart, and none is forgotten', () => {
  const flushedAtMs: number[] = []
  const flush = vi.fn(() => void flushedAtMs.push(Date.now()))
  const pacer = createPacer(spacingMs, flush)
  makeBusy(pacer, flush)
  flushedAtMs.length = 0
  const beganMs = Date.now()
  for (let ms = 0; ms < 100; ms++) {
    pacer.request()
    vi.advanceTimersByTime(1)
  }
  vi.advanceTimersByTime(spacingMs)
  const gapsMs = flushedAtMs.slice(1).map((atMs, at) => atMs - (flushedAtMs[at] ?? 0))
  expect(new Set(gapsMs)).toEqual(new Set([spacingMs]))
  expect(flushedAtMs.at(-1)).toBeGreaterThanOrEqual(beganMs + 100)
})

test('what a quiet system is asked for in quick succession is flushed at once', () => {
  const flushedAtMs: number[] = []
  const pacer = createPacer(spacingMs, () => flushedAtMs.push(Date.now()))
  const askedAtMs: number[] = []
  for (let call = 0; call < 20; call++) {
    // A call's setup and its end.
    for (const pauseMs of [0, 0, 1, 0, 1, 100, 0, 1, 0]) {
      vi.advanceTimersByTime(pauseMs)
      askedAtMs.push(Date.now())
      pacer.request()
      vi.advanceTimersByTime(0)
    }
    vi.advanceTimersByTime(50)
  }
  expect(flushedAtMs).toEqual(askedAtMs)
})

test('a busy system that was quiet for long does not flush at once for long', () => {
  const flush = vi.fn()
  const pacer = createPacer(spacingMs, flush)
  vi.advanceTimersByTime(3_600_000)
  for (let times = 0; times < 100; times++) {
    pacer.request()
    vi.advanceTimersByTime(0)
  }
  expect(flush.mock.calls.length).toBeLessThan(20)
})

test('after a pause the next request is flushed at once again', () => {
  const flush = vi.fn()
  const pacer = createPacer(spacingMs, flush)
  makeBusy(pacer, flush)
  vi.advanceTimersByTime(spacingMs)
  const before = flush.mock.calls.length
  pacer.request()
  vi.advanceTimersByTime(0)
  expect(flush).toHaveBeenCalledTimes(before + 1)
})
