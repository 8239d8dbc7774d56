import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pacedMax, SourcePace, waitMaxMs } from '../../../src/engine/guard/source-pace.ts'

const seed = 7

test('a source has its burst and its rate, and takes nothing of another', () => {
  const pace = new SourcePace({ perS: 10, burst: 20 }, seed)
  const taken = (source: string, nowMs: number) => {
    let count = 0
    while (count < 1_000 && pace.take(source, nowMs)) count += 1
    return count
  }
  expect(taken('192.0.2.1', 0)).toBe(20)
  expect(taken('192.0.2.1', 1_000)).toBe(10)
  expect(taken('192.0.2.2', 1_000)).toBe(20)
  expect(taken('2001:db8::1', 1_000)).toBe(20)
  expect(taken('2001:db8::ffff', 1_000)).toBe(0)
})

test('who owes waits as long as it takes to pay, and never longer than the most', () => {
  const pace = new SourcePace({ perS: 100, burst: 10 }, seed)
  for (let nth = 0; nth < 10; nth++) expect(pace.owe('192.0.2.1', 0)).toBe(0)
  expect(pace.owe('192.0.2.1', 0)).toBeCloseTo(10)
  expect(pace.owe('192.0.2.1', 0)).toBeCloseTo(20)
  expect(pace.owe('192.0.2.1', 30)).toBe(0)
  for (let nth = 0; nth < 10_000; nth++) pace.owe('192.0.2.1', 30)
  expect(pace.owe('192.0.2.1', 30)).toBeLessThanOrEqual(waitMaxMs)
  expect(pace.owe('192.0.2.1', 30 + waitMaxMs + 10)).toBe(0)
})

test('over any time nobody takes more than the burst and the rate', () => {
  const gaps = fc.array(fc.nat(300), { maxLength: 200 })
  fc.assert(
    fc.property(gaps, (steps) => {
      const pace = new SourcePace({ perS: 5, burst: 3 }, seed)
      let nowMs = 0
      let taken = 0
      for (const stepMs of steps) {
        nowMs += stepMs
        if (pace.take('192.0.2.1', nowMs)) taken += 1
        expect(taken).toBeLessThanOrEqual(3 + (nowMs * 5) / 1_000 + 0.001)
      }
    }),
  )
})

test('more sources than there is room for cost no memory, and nobody his place for good', () => {
  const pace = new SourcePace({ perS: 1, burst: 1 }, seed)
  for (let nth = 0; nth < 2 * pacedMax; nth++) {
    pace.take(`10.${nth >> 16}.${(nth >> 8) & 255}.${nth & 255}`, 0)
  }
  expect(pace.take('192.0.2.1', 0)).toBe(true)
  expect(pace.take('192.0.2.1', 0)).toBe(false)
})
