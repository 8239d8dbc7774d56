import { copyFileSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openAuditLog } from '../../src/audit/append.ts'
import { encodePrivateKey, parsePrivateKey } from '../../src/audit/note/key.ts'
import { readPlain } from '../../src/audit/storage/files.ts'
import { type PublishedIn, Publishing } from '../../src/audit/storage/publishing.ts'
import { verifyLog } from '../../src/audit/verify.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { countedRandom } from '../support/counted-random.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { soon } from '../support/soon.ts'
import { admitted, decided, filesOf, names, temporaryDirectory, writeLog } from './support.ts'

/** When each event happened, however far the clock of a log has come. */
const atMs = Date.UTC(2026, 0, 5)

async function openIn(dir: string, publishedIn: PublishedIn) {
  const clock = new FakeClock()
  const log = await openAuditLog({
    dir,
    clock,
    publishedIn,
    random: countedRandom(),
    logger: silentLogger,
    settings: { spacingMs: 0, gatherMs: 0, unawaitedMs: 0, sync: false, stallTimeoutMs: 1e9 },
  })
  const sizeOf = async () => (await readPlain(dir, 'checkpoint', 1000))?.toString().split('\n')[1]
  /** Writes so many, and waits until a checkpoint has them. */
  const write = async (count: number, size: number) => {
    await Promise.all(names(count).map((name) => log.append(decided(name), atMs)))
    await soon(async () => {
      // The last checkpoint is on the disk a moment before it is done, and none is begun meanwhile.
      clock.advance(1000)
      expect(await sizeOf()).toBe(String(size))
    })
  }
  return { clock, log, write }
}

test('wherever a log is published, its files are the same to the byte', async () => {
  using here = temporaryDirectory()
  await writeLog(here.path, [])
  for (const publishedIn of ['own_thread', 'own_thread_later'] as const) {
    using there = temporaryDirectory()
    using plain = temporaryDirectory()
    const dirs = [plain.path, there.path]
    for (const dir of dirs) copyFileSync(`${here.path}.key`, `${dir}.key`)
    for (const [dir, where] of [
      [plain.path, 'this_thread'],
      [there.path, publishedIn],
    ] as const) {
      const { log, write } = await openIn(dir, where)
      let size = 0
      for (const count of [3, 250, 3, 1, 700, 67]) {
        size += count
        await write(count, size)
      }
      await log.append(admitted('last'), atMs)
      await log[Symbol.asyncDispose]()
    }
    const [expected, found] = dirs.map((dir) =>
      filesOf(dir).map((name) => [name, readFileSync(join(dir, name)).toString('base64')]),
    )
    expect(found).toEqual(expected)
    expect(await verifyLog(there.path)).toMatchObject({ entries: 1025, fault: undefined })
  }
})

test('what a thread of its own cannot write fails the log, and its end waits for nothing', async () => {
  using dir = temporaryDirectory()
  const { clock, log, write } = await openIn(dir.path, 'own_thread_later')
  await write(3, 3)
  const obstacle = join(dir.path, 'checkpoint.new')
  mkdirSync(obstacle)
  await log.append(decided('written'))
  clock.advance(1000)
  await soon(() => expect(log.isWritable).toBe(false))
  await expect(log.append(decided('refused'))).rejects.toMatchObject({ code: 'audit_unavailable' })
  await log[Symbol.asyncDispose]()
  rmdirSync(obstacle)
  await writeLog(dir.path, ['after it'])
  expect(await verifyLog(dir.path)).toMatchObject({ entries: 5, fault: undefined })
})

test('a thread that cannot begin is a failure', async () => {
  using dir = temporaryDirectory()
  const signer = parsePrivateKey(encodePrivateKey('log.example', Buffer.alloc(32, 1)))
  if (!signer) throw new Error('the key is not read')
  const verifier = { ...signer.verifier, text: 'no key' }
  const place = { dir: dir.path, sync: false, signer: { ...signer, verifier } }
  const bundle = { index: 0, count: 0, bytes: Buffer.alloc(0) }
  const published = { size: 0, firstPending: 0 }
  const state = { size: 0, open: [], bundle, full: [], published }
  await expect(Publishing.open(place, state, 'own_thread')).rejects.toMatchObject({
    code: 'audit_unavailable',
  })
})
