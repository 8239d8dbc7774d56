import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { systemRandom } from '../../src/kernel/random.ts'
import { CountsFile } from '../../src/store/embedded/counts-file.ts'
import { openLooker } from '../../src/store/embedded/looker.ts'
import { temporaryDirectory } from '../audit/support.ts'
import { FakeClock } from '../support/fake-clock.ts'

const nowMs = Date.UTC(2027, 0, 1)
const day = { name: 'key k1 day', slot: '20819', endsAtMs: nowMs + 3_600_000 }

afterEach(() => vi.unstubAllEnvs())

test('a copy of the counters has no name while it is looked at, so that none is left by who is killed', async () => {
  using dir = temporaryDirectory()
  vi.stubEnv('TMPDIR', dir.path)
  const path = join(dir.path, 'store.sqlite')
  const counts = new CountsFile(path)
  counts.write({ tallies: [{ ...day, amount: 7 }], attempts: [] })
  await using stack = new AsyncDisposableStack()
  openLooker({ path, clock: new FakeClock(nowMs), random: systemRandom() }, stack)
  expect(readdirSync(dir.path).toSorted()).toEqual(['store.sqlite', 'store.sqlite-wal'])
  counts.close()
})

test('what was left by who was killed while it copied goes, and of what is being copied nothing', async () => {
  using dir = temporaryDirectory()
  vi.stubEnv('TMPDIR', dir.path)
  for (const [name, agoMs] of [
    ['tollgate-view-old', 601_000],
    ['tollgate-view-new', 599_000],
    ['other', 601_000],
  ] as const) {
    const folder = join(dir.path, name)
    mkdirSync(folder)
    writeFileSync(join(folder, 'store.sqlite'), '')
    const at = new Date(nowMs - agoMs)
    utimesSync(folder, at, at)
  }
  await using stack = new AsyncDisposableStack()
  const path = join(dir.path, 'none', 'store.sqlite')
  openLooker({ path, clock: new FakeClock(nowMs), random: systemRandom() }, stack)
  expect(readdirSync(dir.path).toSorted()).toEqual(['other', 'tollgate-view-new'])
})
