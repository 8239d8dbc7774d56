import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { OutputGone } from '../../src/cli/command.ts'
import { runCli } from '../../src/cli/run.ts'
import { loadSettings } from '../../src/config/load.ts'
import type { Key } from '../../src/domain/key.ts'
import { createCallTokens } from '../../src/identity/call-tokens.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { Secret } from '../../src/kernel/secret.ts'
import { keyPattern, parseKey } from '../../src/keys/format.ts'
import { MasterKey } from '../../src/keys/master-key.ts'
import { proveKey } from '../../src/keys/prove.ts'
import { openBooks } from '../../src/store/open.ts'
import { runInProcess } from '../support/run-in-process.ts'

const clock = systemClock()
const random = systemRandom()
const masterHex = 'ab'.repeat(32)
let folder: string
let config: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tollgate-keys-'))
  config = join(folder, 'tollgate.yaml')
  const settings = {
    store: { path: join(folder, 'store.sqlite') },
    audit: { dir: join(folder, 'audit') },
    credentials: { masterKey: masterHex },
    tenants: [{ id: 'acme' }, { id: 'other' }],
    policies: [{ id: 'us', regions: ['US'], homeRegion: 'US' }],
  }
  writeFileSync(config, JSON.stringify(settings))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const run = (...args: string[]) => runInProcess(...args, '--config', config)

const terms = ['--tenant', 'acme', '--policy', 'us', '--source', '192.0.2.0/24']

async function mint(...more: string[]) {
  const { code, out } = await run('keys', 'mint', ...terms, ...more, '--json')
  expect(code).toBe(0)
  return JSON.parse(out) as { id: string; mode: string; key: string }
}

/** The key as a gate would find it. */
async function kept(id: string): Promise<Key | undefined> {
  const { values, directory } = loadSettings(config, {})
  const path = values['store.path']
  await using books = await openBooks({ adapter: 'embedded', path, clock, random, directory })
  return (await books.keys.allKeys()).find((key) => key.id === id)
}

function proves(text: string, key: Key | undefined, nowMs = clock.now()): boolean {
  return proveKey(parseKey(text)?.secret ?? new Secret(''), key, nowMs)
}

test('a minted key is shown once and works by what is kept of it', async () => {
  const plain = await run('keys', 'mint', ...terms)
  expect(plain.out).toMatch(keyPattern)
  const { id, key, mode } = await mint('--test', '--expires', '2099-01-01T00:00:00Z')
  expect({ mode, test: key.startsWith('tg_test_') }).toEqual({ mode: 'test', test: true })
  const found = await kept(id)
  expect(proves(key, found)).toBe(true)
  expect(found).toMatchObject({ tenantId: 'acme', policyId: 'us', mode: 'test', status: 'active' })
  expect(found?.digest).toBeInstanceOf(Buffer)
  const shown = await run('keys', 'show', id)
  const listed = await run('keys', 'list', '--json')
  for (const text of [shown.out, listed.out]) {
    expect(text).toContain(id)
    expect(text).not.toContain(key.split('_')[3])
  }
})

test('keys are listed by tenant', async () => {
  await mint()
  expect(JSON.parse((await run('keys', 'list', '--tenant', 'acme', '--json')).out)).toHaveLength(1)
  expect(JSON.parse((await run('keys', 'list', '--tenant', 'other', '--json')).out)).toEqual([])
})

test('after a rotation both secrets work until the overlap is over, after the next only two', async () => {
  const { id, key: first } = await mint()
  const rotate = async (...more: string[]) =>
    JSON.parse((await run('keys', 'rotate', id, ...more, '--json')).out).key as string
  const second = await rotate('--overlap-hours', '1')
  const key = await kept(id)
  const later = clock.now() + 2 * 3_600_000
  expect([proves(first, key), proves(second, key)]).toEqual([true, true])
  expect([proves(first, key, later), proves(second, key, later)]).toEqual([false, true])
  const third = await rotate('--overlap-hours', '0')
  const again = await kept(id)
  expect([first, second, third].map((text) => proves(text, again))).toEqual([false, false, true])
})

test('a key is suspended, resumed and revoked, and once revoked stays so', async () => {
  const { id } = await mint()
  for (const [verb, status] of [
    ['suspend', 'suspended'],
    ['resume', 'active'],
    ['revoke', 'revoked'],
  ]) {
    expect(await run('keys', verb ?? '', id)).toMatchObject({
      code: 0,
      out: `Key ${id} is ${status}.`,
    })
    expect((await kept(id))?.status).toBe(status)
  }
  for (const verb of ['resume', 'suspend', 'rotate']) {
    expect(await run('keys', verb, id)).toMatchObject({
      code: 1,
      err: `tollgate: key ${id} is revoked for good`,
    })
  }
  expect((await kept(id))?.status).toBe('revoked')
})

test('a token that its reader has gone away from is said not to have been shown', async () => {
  const { id } = await mint()
  const err: string[] = []
  const out = () => {
    throw new OutputGone(Object.assign(new Error('gone'), { code: 'EPIPE' }))
  }
  const args = ['keys', 'token', id, '--config', config]
  expect(await runCli(args, { out, err: (line) => err.push(line) })).toBe(3)
  expect(err.join()).toMatch(
    /^tollgate: token \w+ was not shown: standard output cannot be written/,
  )
})

test('a tenant is suspended and resumed', async () => {
  expect(await run('tenants', 'suspend', 'acme', '--json')).toMatchObject({
    code: 0,
    out: '{"id":"acme","status":"suspended"}',
  })
  expect(await run('tenants', 'resume', 'acme')).toMatchObject({ out: 'Tenant acme is active.' })
  expect(await run('tenants', 'suspend', 'nobody')).toMatchObject({ code: 1 })
})

test('a breaker that is open is listed with its figures, and closed by a person', async () => {
  const { values, directory } = loadSettings(config, {})
  const path = values['store.path']
  {
    await using books = await openBooks({ adapter: 'embedded', path, clock, random, directory })
    const note = {
      state: 'open',
      sinceMs: 0,
      untilMs: 1000,
      openMs: 1000,
      signals: { shortShare: 1 },
    }
    await books.board.post('breaker', 'key:abc', () => JSON.stringify(note))
  }
  expect((await run('breaker', 'list')).out).toBe(
    'key:abc\topen\t1970-01-01T00:00:00.000Z\t1970-01-01T00:00:01.000Z\tshortShare 1',
  )
  expect(await run('breaker', 'close', 'key:abc')).toMatchObject({
    code: 0,
    out: 'The breaker key:abc is closed.',
  })
  expect((await run('breaker', 'list', '--json')).out).toBe('[]')
  expect(await run('breaker', 'close', 'key:abc')).toMatchObject({ code: 1 })
})

test('a call token says what it was made for', async () => {
  const { id } = await mint()
  const asked = ['--minutes', '5', '--callee', '+12125550100', '--calls', '3', '--json']
  const { token } = JSON.parse((await run('keys', 'token', id, ...asked)).out)
  const key = new MasterKey(Buffer.from(masterHex, 'hex')).derive('token')
  const read = await createCallTokens({ key, clock }).verify(new Secret(token))
  expect(read).toMatchObject({ keyId: id, callee: '+12125550100', callsMax: 3 })
  expect(read?.caller).toBeUndefined()
  expect(Math.abs((read?.expiresAtMs ?? 0) - clock.now() - 300_000)).toBeLessThan(30_000)
})

test.each([
  [['keys', 'mint', ...terms, '--tenant', 'x'], 2, '--tenant must be one of acme, other'],
  [['keys', 'mint', ...terms, '--policy', 'x'], 2, '--policy must be one of us'],
  [['keys', 'mint', '--tenant', 'acme'], 2, 'needed: --policy <id>, --source <network>'],
  [['keys', 'mint', ...terms, '--source', 'here'], 2, '--source must be a network'],
  [['keys', 'mint', ...terms, '--expires', 'soon'], 2, '--expires must be a moment'],
  [['keys', 'mint', ...terms, '--certificate', 'ab'], 2, '--certificate must be a SHA-256'],
  [['keys', 'show'], 2, "missing required argument 'id'"],
  [['keys', 'show', 'nobody'], 1, 'no key has the id nobody'],
  [['keys', 'rotate', 'x', '--overlap-hours', 'long'], 2, '--overlap-hours must be a whole number'],
  [['keys', 'rotate', 'x', '--overlap-hours', '8785'], 2, '--overlap-hours must be 8784 at most'],
  [['keys', 'token', 'x', '--caller', 'me'], 2, '--caller must be an E.164 number'],
] as const)('%j ends with %d and says what is wrong', async (args, code, sentence) => {
  const result = await run(...args)
  expect(result.code).toBe(code)
  expect(result.err).toContain(sentence)
  expect(result.out).toBe('')
})

test('settings that are not there end with 2 or 3, not with a new store', async () => {
  const terminal = { out: () => undefined, err: () => undefined }
  expect(await runCli(['keys', 'list'], terminal)).toBe(2)
  expect(await runCli(['keys', 'list', '--config', join(folder, 'none.yaml')], terminal)).toBe(3)
})
