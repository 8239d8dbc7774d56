import { expect, test } from 'vitest'
import { CountsFile, type TallyChange } from '../../src/store/embedded/counts-file.ts'
import { Unsettled } from '../../src/store/embedded/unsettled.ts'

test('a settlement that the file never takes holds up none behind it', () => {
  const file = new CountsFile(':memory:')
  const change = (amount: number): TallyChange => ({
    name: 'tenant:one day USD',
    slot: '2026-01-05',
    amount,
    endsAtMs: 1000,
  })
  const settling = new Unsettled((tally: TallyChange) => {
    file.write({ tallies: [tally], attempts: [] })
  })
  settling.add(change(5))
  settling.add(change(-10))
  settling.add(change(-3))
  expect(file.read('tenant:one day USD', '2026-01-05')).toBe(2)
  file.close()
})
