import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemRandom } from '../../src/kernel/random.ts'
import { mintKey } from '../../src/keys/format.ts'
import { withoutHandedOut } from './handed-out.ts'
import { partsOf } from './recorder.ts'
import { isRightful } from './rightful.ts'
import { searchRun } from './search.ts'

let runDir = ''

beforeEach(() => {
  runDir = mkdtempSync(join(tmpdir(), 'run-'))
  mkdirSync(join(runDir, 'tmp'))
})
afterEach(() => rmSync(runDir, { recursive: true }))

/** Has a process of a run of its own give its secret out, and searches that run. */
async function findsOf(way: string) {
  const preload = ['--import', join(import.meta.dirname, 'preload.mjs')]
  const program = join(import.meta.dirname, 'give-out.ts')
  const child = spawn(process.execPath, [...preload, program, way], {
    env: { KEPT_RUN_DIR: runDir, TMPDIR: join(runDir, 'tmp') },
    stdio: 'inherit',
  })
  expect(await once(child, 'close')).toEqual([0, null])
  return searchRun(runDir)
}

test.each([
  'file',
  'file that stays',
  'child',
  'answer',
  'header field',
  'posted body',
  'datagram',
])('a secret that a process gives out by way of a %s is found', async (way) => {
  const { finds } = await findsOf(way)
  expect(finds.length).toBeGreaterThan(0)
  for (const { before } of finds) expect(before).not.toContain('9fQ2xL7v')
})

test('a process that keeps its secret is found to have kept it', async () => {
  const { secrets, finds } = await findsOf('nothing')
  expect([secrets, finds]).toEqual([1, []])
})

test('a secret is found wherever it stands, also where two pieces of a file meet', () => {
  const secret = 'Zk83hd72Gq05Lm19Xw64'
  mkdirSync(join(runDir, 'secrets'))
  writeFileSync(join(runDir, 'secrets', '1-0'), `${secret}\nanother-one-4711-0815\n`)
  const piece = 8 * 1024 * 1024
  const large = Buffer.alloc(2 * piece + 100, '.')
  for (const at of [0, piece - 7, 2 * piece + 80]) large.write(secret, at)
  writeFileSync(join(runDir, 'large'), large)
  expect(searchRun(runDir).finds.map(({ file }) => file)).toEqual(['large', 'large', 'large'])
})

test('of a key its secret part is looked for, of a token its signature, of a private key what is private', () => {
  const { text } = mintKey(systemRandom(), 'live')
  const [, , , secret = ''] = text.reveal().split('_')
  expect(partsOf(text.reveal())).toEqual([secret.slice(0, 43)])
  expect(partsOf('eyJhbGciOiJI.eyJzdWIiOiJ4.c2lnbmF0dXJl')).toEqual(['c2lnbmF0dXJl'])
  const pem = '-----BEGIN PRIVATE KEY-----\nkind\nprivate\npublic\n-----END PRIVATE KEY-----\n'
  expect(partsOf(pem)).toEqual(['private'])
})

test('only who asked to be given a key is given it', () => {
  const body = '{"id":"x","key":"tg_live_x_secret"}'
  expect(withoutHandedOut(body, 'POST /v1/keys')).toContain('[shown once]')
  expect(withoutHandedOut(body, 'POST /v1/keys/x/rotate')).toContain('[shown once]')
  for (const other of ['GET /v1/keys', 'GET /v1/keys/x', 'POST /v1/tenants', 'output']) {
    expect(withoutHandedOut(body, other)).toBe(body)
  }
})

test('a key is rightly in what its caller has sent, and not in what a carrier got', () => {
  const key = 'X-API-Key: tg_live_0123456789abcdef_'
  const [sent, received] = ['UDP message sent [5] bytes:\n', 'UDP message received [5] bytes:\n']
  expect(isRightful('messages.log', `${sent}INVITE\n${key}`)).toBe(true)
  expect(isRightful('messages.log', `${sent}INVITE\n${received}INVITE\n${key}`)).toBe(false)
  expect(isRightful('000', key)).toBe(false)
})
