import { expect, test } from 'vitest'
import { floodLimits, tellOfFloods, toldEveryMs } from '../../src/app/floods.ts'
import { readSettings } from '../../src/config/load.ts'
import { newStats } from '../../src/engine/transport/intake.ts'
import { FakeClock } from '../support/fake-clock.ts'

test('the limits of floods are those of the settings', () => {
  const read = readSettings({
    text: '',
    environment: { TOLLGATE_ENGINE_FLOOD_STRANGER_PER_S: '50' },
  })
  if (!read.ok) throw new Error('refused')
  expect(floodLimits(read.settings.values)).toMatchObject({
    strangerPerS: 50,
    strangerBurst: 150,
    strangersPerS: 400,
    streamPerS: 2_000,
  })
})

test('the log tells once a minute what the engine has kept out, where it has grown', async () => {
  const clock = new FakeClock()
  await using stack = new AsyncDisposableStack()
  const told: object[] = []
  const quiet = () => undefined
  const logger = {
    debug: quiet,
    info: quiet,
    error: quiet,
    warn: (figures: object) => told.push(figures),
  }
  const stats = newStats()
  tellOfFloods({ clock, logger, stack }, { stats: async () => stats })
  const minute = async () => {
    clock.advance(toldEveryMs)
    await Promise.resolve()
    await Promise.resolve()
  }
  await minute()
  expect(told).toEqual([])
  stats.flooded = 7
  stats.messages = 100
  await minute()
  await minute()
  stats.flooded = 9
  stats.banned = 1
  await minute()
  expect(told).toEqual([{ flooded: 7 }, { flooded: 2, banned: 1 }])
})
