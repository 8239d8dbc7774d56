import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/kernel/clock.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { openShared } from '../../src/store/embedded/store.ts'
import { type Entries, openEntries } from '../../src/store/entries.ts'
import { openRedisStore } from '../../src/store/redis/store.ts'
import { redisOptions } from '../contract/redis-contract.ts'
import { startRedis } from '../support/redis.ts'

const writer = join(import.meta.dirname, 'change-until-killed.ts')

/** Lets the writer make some changes, and kills it in the middle of whatever it does. */
async function changeAndKill(...args: string[]): Promise<void> {
  const child = spawn(process.execPath, [writer, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let dots = 0
  for await (const chunk of child.stdout) {
    dots += String(chunk).length
    if (dots >= 5) break
  }
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

function expectWhole(entries: Entries): void {
  expect(entries.revision).toBeGreaterThanOrEqual(5)
  expect(entries.all()).toHaveLength(200)
  expect(new Set(entries.all().map(({ revision }) => revision))).toEqual(
    new Set([entries.revision]),
  )
  expect(entries.history()[0]).toMatchObject({ revision: entries.revision })
  expect(entries.history()[0]?.changes).toHaveLength(200)
}

test('a change in the file is there whole or not at all after kill -9', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-killed-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'store.sqlite')
  await changeAndKill(path)
  const directory = { tenants: [], keys: [], policies: [], carriers: [] }
  const options = { path, clock: systemClock(), random: systemRandom(), directory }
  expectWhole(openEntries(openShared(options, stack).board))
})

test('a change on Redis is there whole or not at all after kill -9', async () => {
  await using redis = await startRedis()
  await changeAndKill('-', redis.url.reveal())
  await using store = await openRedisStore(redisOptions(redis))
  expectWhole(openEntries(store.board))
})
