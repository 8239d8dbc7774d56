import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openAuditLog } from '../../src/audit/append.ts'
import type { AuditEvent } from '../../src/audit/event.ts'
import {
  parseLogKey,
  parseWitnessKey,
  signatureTypes,
  verifierKeyText,
} from '../../src/audit/note/key.ts'
import { checkEvidence } from '../../src/evidence/check.ts'
import { type Evidence, encodeEvidence } from '../../src/evidence/format.ts'
import { makeEvidence } from '../../src/evidence/make.ts'
import { renderPage } from '../../src/evidence/page.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { KeyFile } from '../../src/sealing/key-file.ts'
import { EventOpener } from '../../src/sealing/open-events.ts'
import { createSealing } from '../../src/sealing/seal-events.ts'
import { decided, names, open, ringing, temporaryDirectory, writeLog } from '../audit/support.ts'
import { countedRandom } from '../support/counted-random.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { runInProcess } from '../support/run-in-process.ts'

/** A call with consent in a log of some hundred others. */
async function logWithCall(dir: string): Promise<void> {
  await writeLog(dir, names(300))
  await using log = await open(dir)
  const consent = { check: 'consent', passed: true, figures: { evidence: 'https://a/<b>&"c"' } }
  await log.append({ ...decided('mine'), trace: [consent] } as AuditEvent)
  await log.append(ringing('mine'))
  for (const name of names(300, 300)) void log.append(decided(name))
  await log.append(ringing('mine'))
}

const fileOf = (evidence: Evidence) => Buffer.from(renderPage(evidence))

test('one file proves the events of a call to whoever has nothing else', async () => {
  using dir = temporaryDirectory()
  await logWithCall(dir.path)
  for (const callId of ['mine', 'mine@192.0.2.1']) {
    const evidence = await makeEvidence(dir.path, { callId })
    expect(evidence.events.map(({ index }) => index)).toEqual([300, 301, 602])
    const checked = checkEvidence(fileOf(evidence), { key: parseLogKey(evidence.verifierKey) })
    expect(checked).toMatchObject({ checkpoint: { size: 603 }, contents: { length: 3 } })
    const bare = Buffer.from(`${encodeEvidence(evidence)}\n`)
    expect(checkEvidence(bare)).toHaveProperty('checkpoint')
    expect(renderPage(evidence)).toContain('<code>https://a/&lt;b&gt;&amp;&quot;c&quot;</code>')
  }
})

test('where it is known which entries a call has, no others are read, and later ones are found', async () => {
  using dir = temporaryDirectory()
  await logWithCall(dir.path)
  for (const place of [
    { callId: 'mine', entries: [300, 301, 602], upTo: 603 },
    { callId: 'mine', entries: [300, 301, 602], upTo: 302 },
    { callId: 'mine', entries: [300], upTo: 301 },
  ]) {
    const { events } = await makeEvidence(dir.path, { callId: 'mine@192.0.2.1', place })
    expect(events.map(({ index }) => index)).toEqual([300, 301, 602])
  }
  // Where the index is of another log, it is no proof.
  const other = { callId: 'mine', entries: [7], upTo: 603 }
  await expect(makeEvidence(dir.path, { callId: 'mine', place: other })).rejects.toMatchObject({
    code: 'not_found',
  })
})

test('a caller whose Call-ID is the id of another call does not stand in its place', async () => {
  using dir = temporaryDirectory()
  await logWithCall(dir.path)
  await using log = await open(dir.path)
  await log.append({ ...decided('theirs'), sipCallId: 'mine' } as AuditEvent)
  await log.append({ ...decided('earlier'), sipCallId: 'later' } as AuditEvent)
  await log.append(decided('later'))
  await log[Symbol.asyncDispose]()
  for (const callId of ['mine', 'later', 'earlier']) {
    expect((await makeEvidence(dir.path, { callId })).callId).toBe(callId)
  }
})

test('nothing that a caller chooses is hidden on the page or turns the order of what is read', async () => {
  using dir = temporaryDirectory()
  const callId = 'a\u202eb\u2066c\u0007\u009b2J\u2028d\u200be\u00adf'
  await writeLog(dir.path, [callId])
  await using log = await open(dir.path)
  await log.append(ringing(callId))
  await log[Symbol.asyncDispose]()
  const evidence = await makeEvidence(dir.path, { callId })
  const page = renderPage(evidence)
  const shown = page.slice(0, page.indexOf('<script'))
  expect(shown).toContain('a\\u202eb\\u2066c\\u0007\\u009b2J\\u2028d\\u200be\\u00adf')
  expect(shown).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\u2028]/u)
  expect(checkEvidence(Buffer.from(page))).toHaveProperty('contents')
})

test('a file that never ends is read no further than evidence can be', async () => {
  const { code, out } = await runInProcess('audit', 'check', '/dev/zero')
  expect([code, out]).toEqual([1, 'NO PROOF /dev/zero: this is not an evidence file'])
})

test('every event of a log is proved, at every size', async () => {
  using dir = temporaryDirectory()
  for (const count of [1, 1, 5, 250, 3]) {
    await writeLog(dir.path, names(count))
    const evidence = await makeEvidence(dir.path, { callId: 'c0' })
    expect(checkEvidence(fileOf(evidence))).toHaveProperty('contents')
  }
})

test('a call that the log does not have is said so', async () => {
  using dir = temporaryDirectory()
  await logWithCall(dir.path)
  await expect(makeEvidence(dir.path, { callId: 'none' })).rejects.toMatchObject({
    code: 'not_found',
  })
})

test('nothing is proved from a log that does not lead to its checkpoint', async () => {
  using dir = temporaryDirectory()
  await logWithCall(dir.path)
  const path = join(dir.path, 'tile/entries/001')
  writeFileSync(path, readFileSync(path, 'latin1').replace('mine@', 'mime@'), 'latin1')
  await expect(makeEvidence(dir.path, { callId: 'mine' })).rejects.toMatchObject({
    code: 'audit_corrupt',
  })
})

test('one other byte anywhere in the file is found', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, names(40))
  const good = fileOf(await makeEvidence(dir.path, { callId: 'c7' }))
  expect(checkEvidence(good)).toHaveProperty('contents')
  for (let at = 0; at < good.length; at++) {
    const bad = Buffer.from(good)
    bad[at] = (bad[at] ?? 0) ^ (1 << (at % 8))
    expect(checkEvidence(bad), `byte ${at}`).toHaveProperty('fault')
  }
  for (let end = 0; end < good.length; end += 61) {
    expect(checkEvidence(good.subarray(0, end))).toHaveProperty('fault')
  }
})

test('an event of another call, another place or another order is no proof', async () => {
  using dir = temporaryDirectory()
  await logWithCall(dir.path)
  const mine = await makeEvidence(dir.path, { callId: 'mine' })
  const other = await makeEvidence(dir.path, { callId: 'c3' })
  const faultOf = (change: Partial<Evidence>) => checkEvidence(fileOf({ ...mine, ...change }))
  const [first, second] = mine.events
  if (!first || !second) throw new Error('the call has two events')
  expect(faultOf({ events: other.events })).toMatchObject({ fault: 'other_call', index: 3 })
  expect(faultOf({ events: [second, first] })).toMatchObject({ fault: 'out_of_order' })
  expect(faultOf({ events: [first, first] })).toMatchObject({ fault: 'out_of_order' })
  expect(faultOf({ events: [{ ...first, index: 301 }] })).toMatchObject({ fault: 'not_included' })
  expect(faultOf({ events: [{ ...first, leaf: second.leaf }] })).toMatchObject({
    fault: 'not_included',
  })
  const box = { path: 'caller', as: 'caller', sealed: 'AAAA', key: Buffer.alloc(32) }
  expect(faultOf({ events: [{ ...first, opened: [box] }] })).toMatchObject({ fault: 'not_opened' })
  const bytes = Buffer.alloc(32, 1)
  const key = parseLogKey(verifierKeyText('other', signatureTypes.ed25519, bytes))
  const witness = parseWitnessKey(verifierKeyText('w', signatureTypes.cosignature, bytes))
  expect([key?.name, witness?.name]).toEqual(['other', 'w'])
  expect(checkEvidence(fileOf(mine), { key })).toEqual({ fault: 'other_key' })
  expect(checkEvidence(fileOf(mine), { witness })).toEqual({ fault: 'not_cosigned' })
})

test('what is sealed is shown in the clear by keys that open it and nothing else', async () => {
  using dir = temporaryDirectory()
  const random = countedRandom()
  const clock = new FakeClock()
  using keys = new KeyFile({ path: `${dir.path}-keys.db`, masterKey: undefined, random })
  {
    const prepare = createSealing({ keys, clock, random })
    const settings = { spacingMs: 0, gatherMs: 0 }
    const around = { dir: dir.path, clock, random, logger: silentLogger, settings }
    await using log = await openAuditLog({ ...around, prepare })
    void log.append(decided('a'))
    await log.append(decided('b'))
  }
  const closed = await makeEvidence(dir.path, { callId: 'a' })
  expect(renderPage(closed)).not.toContain('192.0.2.1')
  expect(checkEvidence(fileOf(closed))).toHaveProperty('contents')
  const opener = new EventOpener(keys)
  const evidence = await makeEvidence(dir.path, { callId: 'a@192.0.2.1', opener })
  expect(renderPage(evidence)).toContain('source.address: <code>192.0.2.1</code>')
  expect(checkEvidence(fileOf(evidence))).toHaveProperty('contents')
  const [event] = evidence.events
  const [box, ...boxes] = event?.opened ?? []
  if (!event || !box) throw new Error('nothing is opened')
  const opened = [{ ...box, path: 'caller' }, ...boxes]
  const moved = { ...evidence, events: [{ ...event, opened }] }
  expect(checkEvidence(fileOf(moved))).toMatchObject({ fault: 'not_opened' })
})

test('no bytes make the check throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string({ unit: 'binary' })), (text) => {
      expect(checkEvidence(Buffer.from(text))).toEqual({ fault: 'unreadable' })
      const inPage = `<script type="application/json" id="evidence">${text}</script>`
      expect(checkEvidence(Buffer.from(inPage))).toEqual({ fault: 'unreadable' })
    }),
  )
})

test('the commands write a file once, and check it without the log', async () => {
  using dir = temporaryDirectory()
  const file = join(dir.path, '..', 'evidence.html')
  await logWithCall(dir.path)
  const make = ['audit', 'evidence', 'mine', '--dir', dir.path, '--out', file]
  expect(await runInProcess(...make)).toMatchObject({ code: 0, out: `${file}: 3 events of mine` })
  expect((await runInProcess(...make)).code).toBe(3)
  expect((await runInProcess(...make.with(2, 'none'))).code).toBe(1)
  const { code, out, err } = await runInProcess('audit', 'check', file)
  expect([code, err.includes('--key')]).toEqual([0, true])
  expect(
    out
      .split('\n')
      .slice(3)
      .map((line) => line.split(' ')[2]),
  ).toEqual(['call.decided', 'call.ringing', 'call.ringing'])
  const key = /key {4}(\S+)/.exec(out)?.[1] ?? ''
  for (const [option, given] of [
    ['--key', 'junk'],
    ['--witness', 'junk'],
    ['--witness', key],
  ]) {
    const wrong = await runInProcess('audit', 'check', file, `${option}`, `${given}`)
    expect(wrong, `${option} ${given}`).toMatchObject({ code: 2, out: '' })
    expect(wrong.err).toContain(`${option} must be the verifier key of a`)
  }
  writeFileSync(file, readFileSync(file, 'utf8').replace('rate_exceeded', 'rate_exceedeD'))
  expect(await runInProcess('audit', 'check', file)).toMatchObject({ code: 1 })
  expect((await runInProcess('audit', 'check', `${file}.none`)).code).toBe(3)
})

test('a file that cannot be written whole is not left, and the name is free', async () => {
  using dir = temporaryDirectory()
  await logWithCall(dir.path)
  const file = join(dir.path, '..', 'evidence.html')
  const program = `${process.execPath} src/cli/main.ts audit evidence mine --dir ${dir.path} --out ${file}`
  // A file may have 2 KiB; the signal that says so is not for us.
  const limited = spawn('bash', ['-c', `trap '' XFSZ; ulimit -f 2; exec ${program}`])
  let complaint = ''
  limited.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text
  })
  const [code] = await once(limited, 'close')
  expect([code, complaint]).toEqual([3, expect.stringContaining('EFBIG')])
  expect(existsSync(file)).toBe(false)
})
