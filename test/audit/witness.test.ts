import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openAuditLog } from '../../src/audit/append.ts'
import { openCheckpoint } from '../../src/audit/note/checkpoint.ts'
import {
  encodePrivateKey,
  parsePrivateKey,
  parseVerifierKey,
  parseWitnessKey,
} from '../../src/audit/note/key.ts'
import { isSignedBy, parseNote } from '../../src/audit/note/note.ts'
import type { PublishedIn } from '../../src/audit/storage/publishing.ts'
import { readKey, verifyLog } from '../../src/audit/verify.ts'
import { checkEvidence } from '../../src/evidence/check.ts'
import { makeEvidence } from '../../src/evidence/make.ts'
import { renderPage } from '../../src/evidence/page.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { countedRandom } from '../support/counted-random.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { soon } from '../support/soon.ts'
import { decided, names, temporaryDirectory } from './support.ts'
import { startWitness, type TestWitness } from './test-witness.ts'

/** A log with a witness; `checkpoint` has something new to cosign, and waits until it was asked. */
async function setUp(dir: string, publishedIn: PublishedIn = 'this_thread') {
  const privateKey = encodePrivateKey('log.example', Buffer.alloc(32, 1))
  const signer = parsePrivateKey(privateKey)
  if (!signer) throw new Error('the key is not read')
  const witness = await startWitness(() => signer.verifier)
  const clock = new FakeClock()
  writeFileSync(`${dir}.key`, privateKey)
  const log = await openAuditLog({
    dir,
    clock,
    random: countedRandom(),
    logger: silentLogger,
    witnesses: [witness],
    publishedIn,
    settings: { spacingMs: 0, gatherMs: 0, unawaitedMs: 0, sync: false, stallTimeoutMs: 1e9 },
  })
  const checkpoint = async (count: number) => {
    const asked = witness.answers.length
    await Promise.all(names(count).map((name) => log.append(decided(name))))
    await soon(() => {
      clock.advance(1000)
      expect(witness.answers.length).toBeGreaterThan(asked)
    })
  }
  return { witness, log, clock, checkpoint }
}

const isCosigned = (dir: string, { key }: TestWitness, name = 'checkpoint') => {
  const note = parseNote(readFileSync(join(dir, name)))
  const by = parseVerifierKey(key)
  return note !== undefined && by !== undefined && isSignedBy(note, by)
}

test.each<PublishedIn>(['this_thread', 'own_thread', 'own_thread_later'])(
  'the checkpoint that is read bears the cosignature of the witness, and so does evidence: %s',
  async (publishedIn) => {
    using dir = temporaryDirectory()
    const { witness, log, checkpoint } = await setUp(dir.path, publishedIn)
    await using _ = witness
    for (const count of [3, 300, 1, 256]) {
      await checkpoint(count)
      await soon(() => expect(isCosigned(dir.path, witness)).toBe(true))
    }
    expect(witness.cosigned).toEqual([3, 303, 304, 560])
    await log[Symbol.asyncDispose]()
    const { fault, strays } = await verifyLog(dir.path)
    expect([fault, strays.count]).toEqual([undefined, 0])
    const evidence = await makeEvidence(dir.path, { callId: 'c2' })
    const file = Buffer.from(renderPage(evidence))
    expect(checkEvidence(file, { witness: parseWitnessKey(witness.key) })).toHaveProperty(
      'contents',
    )
    expect(evidence.checkpoint.split('\n')).toHaveLength(7)
  },
)

test('a witness that has seen the log before is asked from where it was', async () => {
  using dir = temporaryDirectory()
  const { witness, log, checkpoint } = await setUp(dir.path)
  await using _ = witness
  await checkpoint(10)
  await log[Symbol.asyncDispose]()
  const clock = new FakeClock()
  await using again = await openAuditLog({
    dir: dir.path,
    clock,
    random: countedRandom(),
    logger: silentLogger,
    witnesses: [witness],
    settings: { spacingMs: 0, gatherMs: 0, unawaitedMs: 0, sync: false, stallTimeoutMs: 1e9 },
  })
  await again.append(decided('more'))
  await soon(() => {
    clock.advance(1000)
    expect(witness.answers).toEqual([200, 409, 200])
  })
  expect(witness.cosigned).toEqual([10, 11])
})

test('no witness can hold up the log, whatever it answers', async () => {
  using dir = temporaryDirectory()
  const { witness, log, checkpoint } = await setUp(dir.path)
  await using _ = witness
  const tricks: TestWitness['trick'][] = [
    () => ({ status: 500, body: '' }),
    () => ({ status: 200, body: 'x'.repeat(200_000) }),
    () => ({ status: 200, body: '— witness.example/w1 AAAAAAAA\n' }),
    () => ({ status: 409, body: '999\n' }),
    () => ({ status: 409, body: 'many\n' }),
    (answer) => ({ status: 200, body: answer.replace('w1', 'w2') }),
  ]
  for (const trick of tricks) {
    witness.trick = trick
    await checkpoint(1)
  }
  witness.trick = undefined
  expect(isCosigned(dir.path, witness)).toBe(false)
  await log[Symbol.asyncDispose]()
  expect(await verifyLog(dir.path)).toMatchObject({ entries: tricks.length, fault: undefined })
})

test('an older checkpoint that is put back contradicts what a witness has cosigned', async () => {
  using dir = temporaryDirectory()
  const { witness, log, checkpoint } = await setUp(dir.path)
  await using _ = witness
  await checkpoint(10)
  const older = readFileSync(join(dir.path, 'checkpoint'))
  await checkpoint(5)
  await soon(() => expect(isCosigned(dir.path, witness)).toBe(true))
  await log[Symbol.asyncDispose]()
  const key = await readKey(dir.path)
  expect(openCheckpoint(older, key)).toMatchObject({ size: 10 })
  writeFileSync(join(dir.path, 'checkpoint'), older)
  expect((await verifyLog(dir.path)).fault).toMatchObject({ reason: 'cut_off', index: 10 })
})

test('a witness without a key of its kind is a mistake in the settings', async () => {
  using dir = temporaryDirectory()
  const key = 'log.example+00000000+AAAA'
  const around = { dir: dir.path, clock: new FakeClock(), random: countedRandom() }
  const witnesses = [{ key, url: 'http://127.0.0.1' }]
  await expect(openAuditLog({ ...around, logger: silentLogger, witnesses })).rejects.toMatchObject({
    code: 'config_invalid',
  })
})
