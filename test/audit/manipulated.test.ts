import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readEntries } from '../../src/audit/read.ts'
import { verifyLog } from '../../src/audit/verify.ts'
import { makeEvidence } from '../../src/evidence/make.ts'
import { renderPage } from '../../src/evidence/page.ts'
import { Failure } from '../../src/kernel/failure.ts'
import { seededChance } from '../support/seeded-chance.ts'
import { chooseManipulation, undo } from './manipulations.ts'
import { startVerifier } from './other-verifier.ts'
import { filesOf, names, open, ringing, temporaryDirectory } from './support.ts'

const manipulations = 2000
/** Every so many are shown to the other verifier as well: it is not the quickest. */
const everyNthElsewhere = 10

/** A log of a full bundle and a bit, which a checkpoint covers to its end. */
async function smallLog(dir: string): Promise<void> {
  await using log = await open(dir)
  await Promise.all(names(270).map((name) => log.append(ringing(name))))
}

/** Entries that a checkpoint covers; throws where they are not to be had. */
async function coveredIn(dir: string, size: number): Promise<string> {
  const leaves: string[] = []
  for await (const { leaf } of readEntries(dir, { to: size })) leaves.push(leaf.toString())
  return leaves.join('\n')
}

test('whatever is done to a log is found or harms nothing, and another verifier says the same', async () => {
  using whole = temporaryDirectory()
  using dir = temporaryDirectory()
  using elsewhere = startVerifier()
  await smallLog(whole.path)
  const files = filesOf(whole.path)
  const { checkpoint } = await verifyLog(whole.path)
  const size = checkpoint?.size ?? 0
  const before = await coveredIn(whole.path, size)
  const numbers = seededChance(20_261_126)
  const chance = (below: number) => Math.floor(numbers() * below)
  cpSync(whole.path, dir.path, { recursive: true })
  const count = { found: 0, harmless: 0 }
  for (let round = 0; round < manipulations; round++) {
    const manipulation = chooseManipulation(files, chance)
    const { what } = manipulation
    manipulation.do(dir.path)
    const { fault, entries } = await verifyLog(dir.path)
    count[fault ? 'found' : 'harmless']++
    if (!fault) {
      expect(entries, what).toBe(size)
      expect((await coveredIn(dir.path, size)) === before, what).toBe(true)
    }
    if (round % everyNthElsewhere === 0) {
      const verdict = await elsewhere.ask('log', dir.path)
      expect([what, verdict.startsWith('ok')], verdict).toEqual([what, fault === undefined])
    }
    undo(manipulation, dir.path, whole.path)
  }
  expect(count.found).toBeGreaterThan(manipulations / 2)
  expect(count.harmless).toBeGreaterThan(0)
}, 120_000)

test('a manipulated log is opened or refused, and never continued with other entries', async () => {
  using whole = temporaryDirectory()
  using dir = temporaryDirectory()
  await smallLog(whole.path)
  const files = filesOf(whole.path)
  const before = await coveredIn(whole.path, 270)
  const numbers = seededChance(7)
  const chance = (below: number) => Math.floor(numbers() * below)
  for (let round = 0; round < 100; round++) {
    rmSync(dir.path, { recursive: true })
    cpSync(whole.path, dir.path, { recursive: true })
    cpSync(`${whole.path}.key`, `${dir.path}.key`)
    const { what, do: manipulate } = chooseManipulation(files, chance)
    manipulate(dir.path)
    try {
      await using log = await open(dir.path)
      await log.append(ringing('more'))
    } catch (error) {
      expect(error, what).toBeInstanceOf(Failure)
      continue
    }
    const { fault } = await verifyLog(dir.path)
    if (!fault) expect((await coveredIn(dir.path, 270)) === before, what).toBe(true)
  }
}, 60_000)

test('the other verifier takes the evidence that is good and no other', async () => {
  using dir = temporaryDirectory()
  using elsewhere = startVerifier()
  await smallLog(dir.path)
  const file = join(dir.path, '../evidence.html')
  writeFileSync(file, renderPage(await makeEvidence(dir.path, { callId: 'c7' })))
  expect(await elsewhere.ask('evidence', file)).toBe('ok')
  const good = readFileSync(file)
  const start = good.indexOf('id="evidence">')
  for (let at = start + 14; at < good.indexOf('</script>', start); at += 5) {
    const bad = Buffer.from(good)
    bad[at] = (bad[at] ?? 0) ^ 2
    writeFileSync(file, bad)
    expect(await elsewhere.ask('evidence', file), `byte ${at}`).toMatch(/^bad/)
  }
})
