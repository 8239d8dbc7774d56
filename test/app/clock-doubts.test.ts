import { expect, test } from 'vitest'
import { ClockDoubts } from '../../src/app/clock-doubts.ts'
import type { Alert } from '../../src/domain/alert.ts'
import { settlingMs } from '../../src/kernel/held-clock.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { FakeClock } from '../support/fake-clock.ts'

test('people are told once that the clock was set back, and by which moment it goes on', () => {
  const clock = new FakeClock()
  const alerts: Alert[] = []
  const doubts = new ClockDoubts(silentLogger)
  const held = doubts.held(clock)
  clock.advance(settlingMs)
  doubts.tellTo({ raise: (alert) => alerts.push(alert) })
  clock.setWallBy(-7_200_000)
  for (let look = 0; look < 3; look++) {
    held.now()
    clock.advance(1)
  }
  const why = expect.stringMatching(/has jumped to 2026-01-05T10:10:00.000Z .* not followed before/)
  expect(alerts).toEqual([
    { kind: 'clock_doubted', atMs: expect.any(Number), figures: { of: 'time', why } },
  ])
  expect(alerts[0]?.atMs).toBeGreaterThan(clock.now())
})
