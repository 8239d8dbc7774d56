import { expect, test } from 'vitest'
import { Progress } from '../../../src/cli/line/progress.ts'
import { FakeClock } from '../../support/fake-clock.ts'

function opened(unit = 'entries') {
  const drawn: string[] = []
  const clock = new FakeClock()
  const draw = (line: string) => {
    drawn.push(line)
  }
  const terminal = { out: () => undefined, err: () => undefined, progress: draw }
  return { drawn, clock, progress: new Progress(terminal, unit, clock) }
}

test('a bar tells how far it is, and after a second how fast and how long still', () => {
  const { drawn, clock, progress } = opened()
  clock.advance(100)
  progress.show(1_000, 12_000)
  clock.advance(1_900)
  progress.show(3_000, 12_000)
  clock.advance(6_000)
  progress.show(12_000, 12_000)
  expect(drawn).toEqual([
    '[##                      ] 1,000 of 12,000 entries',
    '[######                  ] 3,000 of 12,000 entries, 1,500/s, 6 s left',
    '[########################] 12,000 of 12,000 entries, 1,500/s, 0 s left',
  ])
})

test.each([
  [120, '1 min 59 s'],
  [8_000, '2 h 13 min'],
])('of %d a second each the time left is told in words people use', (total, words) => {
  const { drawn, clock, progress } = opened('opt-outs')
  clock.advance(1_000)
  progress.show(1, total)
  expect(drawn.join()).toContain(`, 1/s, ${words} left`)
})

test('what nobody knows the length of is counted', () => {
  const { drawn, clock, progress } = opened()
  clock.advance(2_000)
  progress.show(5_000)
  expect(drawn).toEqual(['5,000 entries, 2,500/s'])
})

test('it is drawn ten times a second at most, and gone when it is over', async () => {
  const { drawn, clock, progress } = opened()
  async function* items() {
    for (let at = 0; at < 1_000; at++) {
      clock.advance(1)
      yield at
    }
  }
  let last = 0
  for await (const item of progress.over(items(), 1_000)) last = item
  progress[Symbol.dispose]()
  expect([last, drawn.length, drawn.at(-1)]).toEqual([999, 11, ''])
  expect(drawn.every((line) => line.length < 80)).toBe(true)
})
