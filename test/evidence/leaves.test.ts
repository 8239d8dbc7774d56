import { createCipheriv } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkEvidence } from '../../src/evidence/check.ts'
import { encodeEvidence } from '../../src/evidence/format.ts'
import { renderPage } from '../../src/evidence/page.ts'
import { contextOf } from '../../src/sealing/places.ts'
import { startVerifier } from '../audit/other-verifier.ts'
import { temporaryDirectory } from '../audit/support.ts'
import { runInProcess } from '../support/run-in-process.ts'
import { boxAt, evidenceOf, leafWith } from './crafted.ts'

const pageOf = (leaf: Buffer) => Buffer.from(renderPage(evidenceOf([leaf])))
const bareOf = (leaf: Buffer) => Buffer.from(`${encodeEvidence(evidenceOf([leaf]))}\n`)

/** What both verifiers say of these files of evidence. */
async function verdictsOn(files: readonly Buffer[]): Promise<string[]> {
  using dir = temporaryDirectory()
  using elsewhere = startVerifier()
  const file = join(dir.path, 'evidence')
  const verdicts: string[] = []
  for (const bytes of files) {
    writeFileSync(file, bytes)
    const checked = checkEvidence(bytes)
    const other = await elsewhere.ask('evidence', file)
    const verdict = 'fault' in checked ? checked.fault : 'ok'
    const isAgreed = (verdict === 'ok') === (other === 'ok')
    verdicts.push(isAgreed ? verdict : `${verdict}, elsewhere ${other}`)
  }
  return verdicts
}

test('an entry is what a log of ours writes, and no other bytes that say the same', async () => {
  const deepest = `"n":${'['.repeat(15)}${']'.repeat(15)},`
  const numbers = [1e20, 1e21, 1.5e-7, 0.000001, 123456.789, 5e-324, -0.25, 2 ** 53]
  const members = ['', '"n":"\\ud800\\n\u2028\u007f",', deepest]
  const good = [
    ...[...members, ...numbers.map((each) => `"n":${each},`)].map((each) => leafWith(each)),
    Buffer.from('{"atMs":1,"event":{"__proto__":{"a":1},"callId":"c1","type":"x"},"v":2}'),
    Buffer.from('{"atMs":1,"event":{"callId":"c1","type":"x","\ud83d\ude00":1,"\ufb33":2},"v":2}'),
  ]
  expect(await verdictsOn(good.flatMap((leaf) => [bareOf(leaf), pageOf(leaf)]))).toEqual(
    good.flatMap(() => ['ok', 'ok']),
  )
  const bad: readonly Buffer[] = [
    ...['"n":1.0,', '"n":-0,', '"n":1e400,', '"n":9007199254740993,'].map((each) => leafWith(each)),
    ...['"n": 1,', '"n":1,"n":2,', '"o":1,"n":2,', '"n":"\\u0041",'].map((each) => leafWith(each)),
    leafWith(`"n":${'['.repeat(16)}${']'.repeat(16)},`),
    leafWith(`"n":${'['.repeat(500)}${']'.repeat(500)},`),
    ...['-0', '1.5', '9e15', '"1"'].map((atMs) => leafWith('', atMs)),
    leafWith(`"n":"${'a'.repeat(65_536)}",`),
    Buffer.from(leafWith('"n":"\xff",').toString('utf8'), 'latin1'),
    Buffer.from('{"atMs":1,"event":{"callId":"c1","type":"x"},"v":2,"w":1}'),
    Buffer.from('{"atMs":1,"event":{"callId":"c1","type":"x"},"v":1}'),
    Buffer.from('abc'),
    Buffer.alloc(0),
  ]
  expect(await verdictsOn(bad.flatMap((leaf) => [bareOf(leaf), pageOf(leaf)]))).toEqual(
    bad.flatMap(() => ['event_unreadable', 'event_unreadable']),
  )
})

test('nothing is called good before all of it has been looked at', async () => {
  using dir = temporaryDirectory()
  const file = join(dir.path, 'evidence.json')
  for (const members of ['"n":1e400,', `"n":${'['.repeat(500)}${']'.repeat(500)},`]) {
    writeFileSync(file, bareOf(leafWith(members)))
    const { code, out } = await runInProcess('audit', 'check', file)
    expect([code, out.includes('OK')]).toEqual([1, false])
  }
})

test('a file of JSON says a sign as it is, a page escapes the one that could end the element', () => {
  const leaf = leafWith('')
  const evidence = { ...evidenceOf([leaf]), callId: 'a<b' }
  expect(renderPage(evidence)).toContain('"callId":"a\\u003cb"')
  const bare = `${encodeEvidence(evidence)}\n`
  expect(bare).toContain('"callId":"a<b"')
  expect(checkEvidence(Buffer.from(bare))).toEqual({ fault: 'other_call', index: 0 })
  const own = bareOf(leafWith('"n":"<",')).toString()
  expect(checkEvidence(Buffer.from(own))).toHaveProperty('contents')
  // A text in it that looks like the element of a page does not make it one.
  const named = { ...evidence, callId: '<script type="application/json" id="evidence">{}</script>' }
  expect(checkEvidence(Buffer.from(`${encodeEvidence(named)}\n`))).toEqual({
    fault: 'other_call',
    index: 0,
  })
})

type Opening = readonly [members: (sealed: string) => string, path: string, as?: string]

function openedIn([members, path, as]: Opening): Buffer {
  const box = boxAt(path, as)
  return Buffer.from(renderPage(evidenceOf([leafWith(`${members(box.sealed)},`)], [box])))
}

test('a key opens the sealed value at its path, and no text that looks like one', async () => {
  const figures = (value: string) => `"n":[{"check":"consent","figures":{"evidence":${value}}}]`
  const good: readonly Opening[] = [
    [(sealed) => `"caller":{"sealed":"${sealed}"}`, 'caller'],
    [(sealed) => `"n":{"address":{"sealed":"${sealed}"}}`, 'n.address', 'address'],
    [(sealed) => figures(`{"as":"callee","sealed":"${sealed}"}`), 'n.consent.evidence', 'callee'],
  ]
  expect(await verdictsOn(good.map(openedIn))).toEqual(good.map(() => 'ok'))
  const bad: readonly Opening[] = [
    [(sealed) => `"caller":"${sealed}"`, 'caller'],
    [(sealed) => `"caller":{"sealed":"${sealed}","x":1}`, 'caller'],
    [(sealed) => `"caller":{"as":null,"sealed":"${sealed}"}`, 'caller'],
    [(sealed) => `"called":{"sealed":"${sealed}"}`, 'caller'],
    [(sealed) => `"caller":{"sealed":"${sealed}"}`, 'nowhere'],
    [(sealed) => `"n":"zz${sealed}"`, 'caller'],
    [(sealed) => figures(`{"as":"address","sealed":"${sealed}"}`), 'n.consent.evidence', 'callee'],
    [(sealed) => figures(`{"as":"callee","sealed":"${sealed}"}`), 'n.other.evidence', 'callee'],
  ]
  expect(await verdictsOn(bad.map(openedIn))).toEqual(bad.map(() => 'not_opened'))
})

test('a path is looked for as far as values stand, and no further', async () => {
  const at = (length: number): Opening => {
    const name = 'p'.repeat(length - 'n.'.length)
    return [(sealed) => `"n":{"${name}":{"sealed":"${sealed}"}}`, `n.${name}`]
  }
  expect(await verdictsOn([at(1000), at(1001)].map(openedIn))).toEqual(['ok', 'unreadable'])
})

test('a key that opens bytes which are no text opens nothing', async () => {
  const { key } = boxAt('caller')
  const nonce = Buffer.alloc(12, 1)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 })
  const at = { tenant: '', month: '2026-01', as: 'caller' } as const
  cipher.setAAD(Buffer.from(contextOf('x', 'caller', at)))
  const closed = Buffer.concat([cipher.update(Buffer.from([0xff])), cipher.final()])
  const box = Buffer.concat([Buffer.alloc(6), nonce, cipher.getAuthTag(), closed])
  const opened = { path: 'caller', as: 'caller', sealed: box.toString('base64'), key }
  const leaf = leafWith(`"caller":{"sealed":"${opened.sealed}"},`)
  expect(await verdictsOn([Buffer.from(renderPage(evidenceOf([leaf], [opened])))])).toEqual([
    'not_opened',
  ])
})

test('a value is shown where its key opens it and nowhere else', () => {
  const box = boxAt('caller')
  const members = `"called":{"sealed":"${box.sealed}"},"caller":{"sealed":"${box.sealed}"},"n":{"same":"caller"}`
  const page = renderPage(evidenceOf([leafWith(`${members},`)], [box]))
  expect(page).toContain('called: <code>(sealed)</code>')
  expect(page).toContain('caller: <code>+12</code>')
  expect(page).toContain('n: <code>+12</code>')
})

test('a checkpoint is read as it stands, and not as the bytes that a lone surrogate becomes', () => {
  const made = evidenceOf([leafWith('')])
  const beside = (name: string) => {
    const checkpoint = `${made.checkpoint}— ${name} AAAAAAA=\n`
    return checkEvidence(Buffer.from(`${encodeEvidence({ ...made, checkpoint })}\n`))
  }
  expect(beside('\ufffd')).toHaveProperty('contents')
  expect(beside('\ud800')).toEqual({ fault: 'checkpoint_unreadable' })
})
