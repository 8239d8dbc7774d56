import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import type { CallId } from '../../src/domain/attempt.ts'
import type { Key, KeyId } from '../../src/domain/key.ts'
import type { TenantId } from '../../src/domain/tenant.ts'
import { settlingMs } from '../../src/kernel/held-clock.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { CountsFile } from '../../src/store/embedded/counts-file.ts'
import { EmbeddedLimiter } from '../../src/store/embedded/limiter.ts'
import { sharedFileOf } from '../../src/store/embedded/shared-file.ts'
import { openStore, openView } from '../../src/store/open.ts'
import type { Claim, Limiter } from '../../src/store/port.ts'
import { FakeClock } from '../support/fake-clock.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tollgate-store-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const random = systemRandom()
const nobody = { tenants: [], keys: [], policies: [], carriers: [] }
const open = (path: string, clock = new FakeClock()) =>
  openStore({ adapter: 'embedded', path, clock, random, directory: nobody })

const home = { level: 'tenant', id: 't1' } as const
const owner = { level: 'key', id: 'k1' } as const
const daily = (callsMax: number): Claim => ({
  kind: 'period',
  owner,
  callsMax,
  period: { unit: 'day', name: '2026-01-05', endsAtMs: Date.UTC(2026, 0, 6) },
})
const callee: Claim = {
  kind: 'callee',
  owner,
  e164: '+12025550188',
  window: '24h',
  attemptsMax: 1,
}
const slots: Claim = { kind: 'concurrency', owner, slotsMax: 1 }
const rate: Claim = { kind: 'rate', owner, perSecondMax: 1, burst: 0 }

function take(limiter: Limiter, claims: readonly Claim[], callId: string) {
  return limiter.take({
    callId: callId as CallId,
    part: 'admission',
    home,
    claims,
    leaseMs: 60_000,
    whenLost: 'refuse',
  })
}

test('the calls of the day outlive a restart, running calls do not', async () => {
  const path = join(folder, 'sub', 'restart.db')
  {
    await using store = await open(path)
    expect(await take(store.limiter, [daily(1), slots], 'a')).toMatchObject({ taken: true })
  }
  await using store = await open(path)
  expect(await store.limiter.running(home, owner)).toBe(0)
  expect(await take(store.limiter, [daily(1), slots], 'b')).toMatchObject({ taken: false })
})

test('every admission that was told to anyone is still counted after kill -9', async () => {
  const path = join(folder, 'killed.db')
  const script = join(import.meta.dirname, 'take-until-killed.ts')
  const child = spawn(process.execPath, [script, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  let told = 0
  child.stdout.on('data', (dots: Buffer) => {
    told += dots.length
    if (told > 300) child.kill('SIGKILL')
  })
  await once(child, 'close')
  expect(told).toBeGreaterThan(300)
  const counts = new CountsFile(path)
  for (const name of ['key:k1 day', 'tenant:t1 day']) {
    const kept = counts.read(name, '2026-01-05')
    expect(kept === told || kept === told + 1).toBe(true)
  }
  counts.close()
})

test('a second gate on the same file is refused, for it would count twice', async () => {
  const path = join(folder, 'shared.db')
  await using _store = await open(path)
  await expect(open(path)).rejects.toMatchObject({
    code: 'store_unavailable',
    message: `the counters in ${path} cannot be opened: another gate uses them`,
  })
})

test('a file that is no database, or of a newer version, is refused', async () => {
  const garbage = join(folder, 'garbage.db')
  writeFileSync(garbage, 'not a database at all, but long enough to be looked at '.repeat(40))
  await expect(open(garbage)).rejects.toMatchObject({
    code: 'store_unavailable',
    message: expect.stringContaining('file is not a database'),
  })
  const newer = join(folder, 'newer.db')
  const database = new DatabaseSync(newer)
  database.exec('PRAGMA user_version = 99')
  database.close()
  await expect(open(newer)).rejects.toMatchObject({ code: 'store_unavailable' })
})

test('when a count cannot be written the take fails and nothing is kept', async () => {
  const file = new CountsFile(':memory:')
  const limiter = new EmbeddedLimiter({ clock: new FakeClock(), random, file })
  const { write } = file
  file.write = () => {
    throw new Error('disk full')
  }
  await expect(take(limiter, [rate, slots, daily(1)], 'a')).rejects.toThrow('disk full')
  expect(await limiter.running(home, owner)).toBe(0)
  expect(limiter.sizes.calls).toBe(0)
  file.write = write
  expect(await take(limiter, [rate, slots, daily(1)], 'a')).toMatchObject({ taken: true })
})

test('nobody is suspended under an id that no tenant has yet', async () => {
  await using store = await open(':memory:')
  const id = 'late' as TenantId
  expect(await store.tenants.setTenantStatus(id, 'suspended')).toBeUndefined()
  store.redeclare({
    ...nobody,
    tenants: [{ id, status: 'active', numbers: [], ranges: [] } as never],
  })
  expect(await store.directory.findTenant(id)).toMatchObject({ status: 'active' })
})

test('no call is taken while it cannot be known whether its key was revoked a second ago', async () => {
  const clock = new FakeClock()
  const path = join(folder, 'stale.db')
  await using store = await open(path, clock)
  const another = new DatabaseSync(sharedFileOf(path))
  another.exec('ALTER TABLE note RENAME TO gone')
  clock.advance(1_000)
  expect(await take(store.limiter, [daily(9)], 'a')).toMatchObject({ taken: true })
  clock.advance(1)
  await expect(take(store.limiter, [daily(9)], 'b')).rejects.toThrow('the file of keys')
  another.exec('ALTER TABLE gone RENAME TO note')
  another.close()
  expect(await take(store.limiter, [daily(9)], 'c')).toMatchObject({ taken: true })
})

test('money that the file cannot be told to give back is given back when it can be', async () => {
  const clock = new FakeClock()
  const file = new CountsFile(':memory:')
  const limiter = new EmbeddedLimiter({ clock, random, file })
  using _sweeping = limiter.startSweeping()
  const day = { unit: 'day', name: '2026-01-05', endsAtMs: Date.UTC(2026, 0, 6) } as const
  const budget = { kind: 'budget', owner, period: day, currency: 'USD', capMicros: 100 } as const
  const claim = { ...budget, reserveMicros: 40 }
  const [one, other] = [await take(limiter, [claim], 'a'), await take(limiter, [claim], 'b')]
  if (!one.taken || !other.taken) throw new Error('the money is there')
  const { write } = file
  file.write = () => {
    throw new Error('disk full')
  }
  await limiter.release(one.leases, 15)
  await limiter.release(other.leases, 5)
  expect(await limiter.spentMicros(home, budget)).toBe(80)
  expect(await limiter.running(home, owner)).toBe(0)
  file.write = write
  clock.advance(30_000)
  expect(await limiter.spentMicros(home, budget)).toBe(20)
  expect(await take(limiter, [{ ...claim, reserveMicros: 80 }], 'c')).toMatchObject({ taken: true })
})

const ofDay = { slot: '2026-01-05', amount: 1, endsAtMs: Date.UTC(2026, 0, 6) }

test('of two counts that belong together neither is kept when one cannot be', () => {
  const counts = new CountsFile(':memory:')
  const good = { ...ofDay, name: 'key:k1 day' }
  const bad = { ...good, name: 'tenant:t1 day', endsAtMs: Number.NaN }
  expect(() => counts.write({ tallies: [good, bad], attempts: [] })).toThrow()
  expect(counts.read('key:k1 day', '2026-01-05')).toBe(0)
  counts.write({ tallies: [good], attempts: [] })
  expect(counts.read('key:k1 day', '2026-01-05')).toBe(1)
})

test('no count goes below zero, whatever is given back', () => {
  const counts = new CountsFile(':memory:')
  const name = 'key:k1 day'
  counts.write({ tallies: [{ ...ofDay, name }], attempts: [] })
  expect(() => counts.write({ tallies: [{ ...ofDay, name, amount: -2 }], attempts: [] })).toThrow()
  expect(counts.read(name, ofDay.slot)).toBe(1)
})

test('the calls of the day as the version before kept them are taken over', async () => {
  const path = join(folder, 'version1.db')
  const database = new DatabaseSync(path)
  database.exec(`
    CREATE TABLE daily_count (
      owner TEXT NOT NULL, day TEXT NOT NULL, calls INTEGER NOT NULL,
      day_ends_at_ms INTEGER NOT NULL, PRIMARY KEY (owner, day)) STRICT, WITHOUT ROWID;
    INSERT INTO daily_count VALUES ('key:k1', '2026-01-05', 2, 1767657600000);
    PRAGMA user_version = 1`)
  database.close()
  await using store = await open(path)
  expect(await take(store.limiter, [daily(2)], 'a')).toMatchObject({ taken: false })
  expect(await take(store.limiter, [daily(3)], 'a')).toMatchObject({ taken: true })
})

test('the attempts that version 2 kept are taken over', async () => {
  const path = join(folder, 'version2.db')
  const callee = { kind: 'callee', owner, e164: '+14155552671', window: '24h' } as const
  const once = { ...callee, attemptsMax: 1 }
  {
    await using store = await open(path)
    expect(await take(store.limiter, [once], 'a')).toMatchObject({ taken: true })
  }
  const database = new DatabaseSync(path)
  const { name } = database.prepare('SELECT name FROM attempt').get() ?? {}
  const [hash, ofOwner] = String(name).split(' ')
  database.prepare('UPDATE attempt SET name = ?').run(`${ofOwner} ${hash}`)
  database.exec('PRAGMA user_version = 2')
  database.close()
  await using store = await open(path)
  expect(await take(store.limiter, [once], 'b')).toMatchObject({ taken: false })
})

test('what is over is swept away, what runs is not, and the timer ends with the store', async () => {
  const clock = new FakeClock()
  const limiter = new EmbeddedLimiter({ clock, random, file: new CountsFile(':memory:') })
  const sweeping = limiter.startSweeping()
  const runs = await take(limiter, [slots, rate], 'runs')
  if (!runs.taken) throw new Error('refused')
  const lapsing = { ...slots, owner: { level: 'key', id: 'k2' } as const }
  await take(limiter, [lapsing], 'lapses')
  clock.advance(30_000)
  expect(limiter.sizes).toEqual({ owners: 2, calls: 2 })
  await limiter.renew([runs.leases], 60_000)
  clock.advance(30_000)
  expect(limiter.sizes).toEqual({ owners: 1, calls: 1 })
  await limiter.release(runs.leases)
  clock.advance(30_000)
  expect(limiter.sizes).toEqual({ owners: 0, calls: 0 })
  sweeping[Symbol.dispose]()
  expect(clock.pendingCount).toBe(0)
})

test('days long past are forgotten, days just past are not, however many rows there are', () => {
  const counts = new CountsFile(':memory:')
  const names = Array.from({ length: 5_000 }, (_, at) => `key:k${at} day`)
  counts.write({ tallies: names.map((name) => ({ ...ofDay, name })), attempts: [] })
  const left = () => names.filter((name) => counts.read(name, ofDay.slot) === 1).length
  const keptUntilMs = ofDay.endsAtMs + 2 * 86_400_000
  for (let step = 0; step < 4; step++) counts.prune(keptUntilMs)
  expect(left()).toBe(5_000)
  counts.prune(keptUntilMs + 1)
  expect(left()).toBeGreaterThan(2_000)
  for (let step = 0; step < 4; step++) counts.prune(keptUntilMs + 1)
  expect(left()).toBe(0)
})

test('a clock that jumps years ahead, before a restart or after, makes nobody forget what was counted', async () => {
  const path = join(folder, 'jump.db')
  const clock = new FakeClock()
  const yearsMs = 10 * 365 * 86_400_000
  const claims = [daily(1), callee]
  {
    await using store = await open(path, clock)
    expect(await take(store.limiter, claims, 'a')).toMatchObject({ taken: true })
    clock.setWallBy(yearsMs)
    clock.advance(120_000)
    expect(await take(store.limiter, [callee], 'b')).toMatchObject({ taken: false })
  }
  {
    await using store = await open(path, clock)
    clock.advance(120_000)
    expect(await take(store.limiter, [callee], 'c')).toMatchObject({ taken: false })
    clock.setWallBy(-yearsMs)
    clock.advance(120_000)
    expect(await take(store.limiter, [callee], 'd')).toMatchObject({ taken: false })
  }
  await using store = await open(path, clock)
  for (const claim of claims) {
    expect(await take(store.limiter, [claim], 'e')).toMatchObject({ taken: false })
  }
  clock.advance(86_400_000)
  expect(await take(store.limiter, [callee], 'f')).toMatchObject({ taken: true })
})

test('while the clock has jumped years ahead no day or month is counted in, and then the right one again', async () => {
  const clock = new FakeClock()
  await using store = await open(':memory:', clock)
  expect(await take(store.limiter, [daily(2)], 'a')).toMatchObject({ taken: true })
  clock.advance(settlingMs)
  const later = { unit: 'day', name: '2036-01-03', endsAtMs: Date.UTC(2036, 0, 4) } as const
  clock.setWallBy(10 * 365 * 86_400_000)
  const fresh = take(store.limiter, [{ kind: 'period', owner, callsMax: 2, period: later }], 'b')
  await expect(fresh).rejects.toMatchObject({ code: 'store_unavailable' })
  expect(await take(store.limiter, [rate, slots], 'c')).toMatchObject({ taken: true })
  clock.setWallBy(-10 * 365 * 86_400_000)
  expect(await take(store.limiter, [daily(2)], 'd')).toMatchObject({ taken: true })
  expect(await take(store.limiter, [daily(2)], 'e')).toMatchObject({ taken: false })
})

test('a clock that is set right by years in the first minutes refuses no call, and forgets nothing at once', async () => {
  const clock = new FakeClock(0)
  await using store = await open(':memory:', clock)
  clock.advance(settlingMs / 2)
  expect(await take(store.limiter, [callee], 'a')).toMatchObject({ taken: true })
  clock.setWallBy(Date.UTC(2026, 0, 5))
  clock.advance(settlingMs / 4)
  expect(await take(store.limiter, [daily(1)], 'b')).toMatchObject({ taken: true })
  clock.advance(settlingMs)
  expect(await take(store.limiter, [daily(1)], 'c')).toMatchObject({ taken: false })
  expect(await take(store.limiter, [callee], 'd')).toMatchObject({ taken: false })
  clock.setWallBy(Date.UTC(2026, 0, 5))
  await expect(take(store.limiter, [daily(1)], 'e')).rejects.toMatchObject({
    code: 'store_unavailable',
  })
})

test('minutes, hours and called numbers outlive a restart', async () => {
  const path = join(folder, 'windows.db')
  const clock = new FakeClock()
  const e164 = '+12025550188'
  const claims: Claim[] = [
    { kind: 'window', owner, window: 'minute', callsMax: 2 },
    { kind: 'window', owner, window: 'hour', callsMax: 3 },
    { kind: 'callee', owner, e164, window: '24h', attemptsMax: 4 },
  ]
  const takes = async (calls: number) => {
    await using store = await open(path, clock)
    const taken: boolean[] = []
    for (let call = 0; call < calls; call++) {
      taken.push((await take(store.limiter, claims, `${clock.now()} ${call}`)).taken)
      clock.jump(1_000)
    }
    return taken
  }
  expect(await takes(1)).toEqual([true])
  expect(await takes(2)).toEqual([true, false])
  clock.jump(62_000)
  expect(await takes(2)).toEqual([true, false])
  clock.jump(3_700_000)
  expect(await takes(2)).toEqual([true, false])
  expect(readFileSync(path).includes('2025550188')).toBe(false)
})

test('forgetting idle owners forgets no count of the day', async () => {
  const clock = new FakeClock()
  await using store = await open(':memory:', clock)
  await take(store.limiter, [daily(1)], 'a')
  clock.advance(120_000)
  expect(await take(store.limiter, [daily(1)], 'b')).toMatchObject({ taken: false })
})

test('the directory answers what it was given and takes no id twice', async () => {
  const key = { id: 'k1' as KeyId } as Key
  const options = { adapter: 'embedded', path: ':memory:', clock: new FakeClock(), random } as const
  await using store = await openStore({ ...options, directory: { ...nobody, keys: [key] } })
  const { directory } = store
  expect(await directory.findKey('k1' as KeyId)).toBe(key)
  expect(await directory.findKey('k2' as KeyId)).toBeUndefined()
  expect(await directory.findKey('constructor' as KeyId)).toBeUndefined()
  expect(await directory.carriers()).toEqual([])
  const twice = openStore({ ...options, directory: { ...nobody, keys: [key, key] } })
  await expect(twice).rejects.toThrow('two key entries')
})

test('counters can be looked at also where the system has no place for temporary files', async () => {
  const path = join(folder, 'looked-at', 'store.db')
  await using store = await open(path)
  await take(store.limiter, [daily(1)], 'a')
  vi.stubEnv('TMPDIR', '/nowhere')
  onTestFinished(() => void vi.unstubAllEnvs())
  const around = { clock: new FakeClock(), random, directory: nobody }
  {
    await using view = await openView({ adapter: 'embedded', path, ...around })
    expect(view.unseen).toContain('rate')
  }
  expect(readdirSync(join(folder, 'looked-at')).filter((name) => name.includes('view'))).toEqual([])
})

test('what the store keeps is for its owner alone, with all that stands beside it', async () => {
  const place = mkdtempSync(join(folder, 'private-'))
  await using store = await open(join(place, 'data', 'store.sqlite'))
  expect(store).toBeDefined()
  const names = readdirSync(join(place, 'data'))
  expect(names.length).toBeGreaterThan(0)
  const modes = names.map((name) => [name, statSync(join(place, 'data', name)).mode & 0o077])
  expect(modes).toEqual(names.map((name) => [name, 0]))
})
