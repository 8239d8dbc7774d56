import { expect, onTestFinished, test } from 'vitest'
import { CountsFile } from '../../src/store/embedded/counts-file.ts'

test('what is given back of a count that has begun anew is not taken off the new one', () => {
  const file = new CountsFile(':memory:')
  onTestFinished(() => file.close())
  const count = (amount: number, endsAtMs: number) => {
    const tally = { name: 'tenant:one day USD', slot: '2026-01-05', amount, endsAtMs }
    file.write({ tallies: [tally], attempts: [] })
    return file.read(tally.name, tally.slot)
  }
  expect(count(10, 1000)).toBe(10)
  expect(count(7, 2000)).toBe(7)
  expect(count(-4, 1000)).toBe(7)
  expect(count(-4, 2000)).toBe(3)
})
