import { expect, test } from 'vitest'
import { FrameText } from '../../../src/engine/protocol/frame-text.ts'
import { FakeClock } from '../../support/fake-clock.ts'

test('the time of day follows the clock over seconds, midnight and back', () => {
  const clock = new FakeClock(Date.UTC(2026, 0, 5, 23, 59, 58, 7))
  const frames = new FrameText(clock)
  expect(frames.timeOfDay()).toBe('23:59:58.007000')
  clock.advance(1_000)
  expect(frames.timeOfDay()).toBe('23:59:59.007000')
  clock.advance(1_500)
  expect(frames.timeOfDay()).toBe('00:00:00.507000')
})

test('every frame has an id of its own', () => {
  const frames = new FrameText(new FakeClock())
  const ids = Array.from({ length: 100 }, () => frames.reply('a', 'OK').split('|')[0])
  expect(new Set(ids).size).toBe(100)
})
