import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { formatCheckpoint, openCheckpoint } from '../../src/audit/note/checkpoint.ts'
import {
  parsePrivateKey,
  parseVerifierKey,
  signatureTypes,
  verifierKeyText,
} from '../../src/audit/note/key.ts'
import { encodeNote, signText } from '../../src/audit/note/note.ts'
import { LogReader } from '../../src/audit/storage/log-reader.ts'
import { encodeEntries } from '../../src/audit/tree/bundle.ts'
import { verifyLog } from '../../src/audit/verify.ts'
import { checkEvidence } from '../../src/evidence/check.ts'
import { makeEvidence } from '../../src/evidence/make.ts'
import { renderPage } from '../../src/evidence/page.ts'
import { runInProcess } from '../support/run-in-process.ts'
import { names, open, temporaryDirectory, writeLog } from './support.ts'

function signerOf(dir: string) {
  const signer = parsePrivateKey(readFileSync(`${dir}.key`, 'utf8').trim())
  if (!signer) throw new Error('the log has no key')
  return signer
}

/** A checkpoint that the log has signed, with whatever else is to stand in its text. */
function signed(dir: string, size: number, { root, more = '' }: { root: Buffer; more?: string }) {
  const signer = signerOf(dir)
  const text = formatCheckpoint({ origin: signer.verifier.name, size, root }) + more
  return encodeNote(text, [signText(text, signer)])
}

const rootAt = async (dir: string, size: number) => (await new LogReader(dir).treeOf(size)).root()

test('a cosigned checkpoint of another tree is found, at any size', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, names(300))
  for (const size of [0, 1, 255, 256, 257, 299, 300]) {
    const root = await rootAt(dir.path, size)
    writeFileSync(join(dir.path, 'checkpoint.cosigned'), signed(dir.path, size, { root }))
    expect((await verifyLog(dir.path)).fault).toBeUndefined()
    const forked = signed(dir.path, size, { root: Buffer.alloc(32, 7) })
    writeFileSync(join(dir.path, 'checkpoint.cosigned'), forked)
    expect((await verifyLog(dir.path)).fault, `${size}`).toMatchObject({
      file: 'checkpoint.cosigned',
      reason: 'rewritten',
    })
  }
})

test('a key that only cosigns is no key of a log, whatever it has signed', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, names(3))
  const { verifier, sign } = signerOf(dir.path)
  const evidence = await makeEvidence(dir.path, { callId: 'c1' })
  const publicBytes = Buffer.from(verifier.text.split('+').slice(2).join('+'), 'base64').subarray(1)
  const key = verifierKeyText(verifier.name, signatureTypes.cosignature, publicBytes)
  const [text = ''] = evidence.checkpoint.split('\n\n')
  const signature = sign(Buffer.from(`cosignature/v1\ntime 0\n${text}\n`))
  const id = parseVerifierKey(key)?.id ?? Buffer.alloc(0)
  const body = Buffer.concat([id, Buffer.alloc(8), signature]).toString('base64')
  const note = encodeNote(`${text}\n`, [`— ${verifier.name} ${body}`])
  const forged = { ...evidence, verifierKey: key, checkpoint: note.toString() }
  expect(checkEvidence(Buffer.from(renderPage(forged)))).toEqual({ fault: 'key_unreadable' })
  writeFileSync(join(dir.path, 'checkpoint'), note)
  const given = await runInProcess('audit', 'verify', '--dir', dir.path, '--key', key)
  expect(given).toMatchObject({ code: 2, out: '' })
  writeFileSync(join(dir.path, 'vkey'), key)
  expect((await verifyLog(dir.path)).fault).toMatchObject({ reason: 'key_unreadable' })
})

test('a copy without what is being filled is compared with an older checkpoint as well', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, names(300))
  const since = readFileSync(join(dir.path, 'checkpoint'))
  copyFileSync(join(dir.path, 'checkpoint'), join(dir.path, 'checkpoint.cosigned'))
  rmSync(join(dir.path, 'pending'), { recursive: true })
  expect(await verifyLog(dir.path, { since })).toMatchObject({ from: 300, fault: undefined })
  expect(await makeEvidence(dir.path, { callId: 'c7' })).toMatchObject({ callId: 'c7' })
})

test('a bundle that is published stands where it is published', async () => {
  for (const [count, index, reason] of [
    [600, 0, 'missing'],
    [600, 1, 'missing'],
    [512, 1, 'cut_off'],
  ] as const) {
    using dir = temporaryDirectory()
    await writeLog(dir.path, names(count))
    const file = `tile/entries/00${index}`
    mkdirSync(join(dir.path, 'pending'), { recursive: true })
    renameSync(join(dir.path, file), join(dir.path, `pending/${index}`))
    expect((await verifyLog(dir.path)).fault).toMatchObject({ file, index: index * 256, reason })
  }
})

test('the name of a full bundle is that of 256 entries and nothing behind them', async () => {
  const junk = Buffer.from('junk')
  const changes: readonly ((bytes: Buffer) => Buffer)[] = [
    (bytes) => bytes,
    (bytes) => Buffer.concat([bytes, junk]),
    (bytes) => Buffer.concat([bytes, encodeEntries(Array(213).fill(junk))]),
  ]
  const file = 'tile/entries/001'
  for (const change of changes) {
    using dir = temporaryDirectory()
    await writeLog(dir.path, names(300))
    const bytes = readFileSync(join(dir.path, 'tile/entries/001.p/44'))
    writeFileSync(join(dir.path, file), change(bytes))
    expect((await verifyLog(dir.path)).fault).toMatchObject({ file })
    await expect(open(dir.path)).rejects.toMatchObject({ code: 'audit_corrupt' })
    rmSync(join(dir.path, 'pending'), { recursive: true })
    expect((await verifyLog(dir.path)).fault).toMatchObject({ file })
  }
})

test('what stands behind the last entry is no part of the log, whatever it is', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, names(512))
  writeFileSync(join(dir.path, 'tile/entries/002'), 'x')
  const { fault, uncovered, strays } = await verifyLog(dir.path)
  expect([fault, uncovered, strays.names]).toEqual([undefined, 0, ['tile/entries/002']])
})

test('a checkpoint has three lines and no more', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, names(3))
  const root = await rootAt(dir.path, 3)
  const { verifier } = signerOf(dir.path)
  expect(openCheckpoint(signed(dir.path, 3, { root }), verifier)).toMatchObject({ size: 3 })
  writeFileSync(join(dir.path, 'checkpoint'), signed(dir.path, 3, { root, more: 'more\n' }))
  expect((await verifyLog(dir.path)).fault).toMatchObject({ reason: 'checkpoint_unreadable' })
})

test('the key is the same with a line feed behind it and without', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, names(3))
  const text = readFileSync(join(dir.path, 'vkey'), 'utf8').trim()
  for (const end of ['', '\n']) {
    writeFileSync(join(dir.path, 'vkey'), `${text}${end}`)
    expect((await verifyLog(dir.path)).fault).toBeUndefined()
    const args = ['audit', 'verify', '--dir', dir.path, '--key', `${text}${end}`]
    expect(await runInProcess(...args)).toMatchObject({ code: 0, err: '' })
  }
  for (const end of ['\n\n', '\r\n', ' ']) {
    writeFileSync(join(dir.path, 'vkey'), `${text}${end}`)
    expect((await verifyLog(dir.path)).fault).toMatchObject({ reason: 'key_unreadable' })
  }
})

test('bytes behind the last entry that are none are told of: no gate goes on with them', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, names(3))
  const path = join(dir.path, 'pending/0')
  const covered = readFileSync(path)
  const entry = encodeEntries([Buffer.from('{}')])
  for (const [rest, isBlocked] of [
    [Buffer.from('00ff41', 'hex'), false],
    [Buffer.concat([Buffer.alloc(2), entry]), true],
    [Buffer.concat([entry, Buffer.alloc(2), entry]), true],
  ] as const) {
    writeFileSync(path, Buffer.concat([covered, rest]))
    expect(await verifyLog(dir.path)).toMatchObject({ fault: undefined, isBlocked })
    const { code, err } = await runInProcess('audit', 'verify', '--dir', dir.path)
    expect([code, err.includes('no gate goes on')]).toEqual([0, isBlocked])
    if (!isBlocked) continue
    await expect(open(dir.path)).rejects.toMatchObject({ code: 'audit_corrupt' })
  }
})
