import { writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { AuditEvent } from '../../src/audit/event.ts'
import { askJson } from '../../src/cli/gate/client.ts'
import type { GatePlace } from '../../src/cli/gate/where.ts'
import { runCli } from '../../src/cli/run.ts'
import { Secret } from '../../src/kernel/secret.ts'
import { temporaryDirectory } from '../audit/support.ts'
import { type ApiKeyName, startApi } from '../support/api.ts'
import { type TestCertificate, testCa } from '../support/certificates.ts'
import { runInProcess } from '../support/run-in-process.ts'

type Api = Awaited<ReturnType<typeof startApi>>
let api: Api
let url: string
let folder: ReturnType<typeof temporaryDirectory>

beforeEach(async () => {
  folder = temporaryDirectory()
  api = await startApi()
  url = await api.app.listen({ host: '127.0.0.1', port: 0 })
})

afterEach(async () => {
  await api[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

/** The options with which a command asks the API by that key. */
function asking(name: ApiKeyName): readonly string[] {
  const file = join(folder.path, name.replace(':', '-'))
  writeFileSync(file, `${api.textOf(name)}\n`, { mode: 0o600 })
  return ['--gate', url, '--key-file', file]
}

const run = (name: ApiKeyName, ...args: string[]) => runInProcess(...args, ...asking(name))

test('calls in progress are listed, those of all pages, and ended', async () => {
  for (let at = 0; at < 130; at++) {
    api.running.set(`call-${at}`, { tenantId: at % 2 ? 'acme' : 'other', isEmergency: at === 7 })
  }
  const { code, out } = await run('operator', 'calls', 'list')
  expect([code, out.split('\n').length]).toEqual([0, 130])
  const acme = JSON.parse(
    (await run('operator', 'calls', 'list', '--tenant', 'acme', '--json')).out,
  )
  expect(acme).toHaveLength(65)
  expect(acme[0]).toMatchObject({ callId: 'call-1', tenant: 'acme', emergency: false })
  expect(await run('operator', 'calls', 'end', 'call-1')).toMatchObject({
    code: 0,
    out: 'Call call-1 is being ended.',
  })
  expect(api.running.has('call-1')).toBe(false)
  expect(await run('operator', 'calls', 'end', 'call-1')).toMatchObject({ code: 1 })
  expect(await run('operator', 'calls', 'end', 'call-7')).toMatchObject({
    code: 1,
    err: expect.stringContaining('an emergency call'),
  })
})

test('usage is told of a tenant to the operator, and to a tenant of itself', async () => {
  const asked = await run('operator', 'usage', '--tenant', 'acme')
  expect(asked.code).toBe(0)
  expect(asked.out).toMatch(/^tenant acme\tconcurrency\tfits\t.*slotsMax=10$/m)
  expect(asked.out).toMatch(/^tenant acme\tbudget of the day\t0 % spent\t\S+: 0\.00 of 5\.00 USD$/m)
  const owners = JSON.parse((await run('logs:read', 'usage', '--json')).out)
  expect(owners.map(({ level }: { level: string }) => level)).toEqual(['tenant', 'key'])
  const ofKey = ['--tenant', 'acme', '--key-id', api.idOf('subject')]
  expect((await run('operator', 'usage', ...ofKey)).out).toContain(`key ${api.idOf('subject')}`)
  expect(await run('operator', 'usage')).toMatchObject({
    code: 2,
    err: expect.stringContaining('--tenant <id>'),
  })
  expect(await run('operator', 'usage', '--tenant', 'nobody')).toMatchObject({ code: 1 })
})

test('bans are listed, and lifted one by one', async () => {
  expect(await run('operator', 'bans', 'list', '--json')).toMatchObject({ code: 0, out: '[]' })
  for (let at = 0; at < 10; at++) {
    const headers = { authorization: 'Bearer tg_live_nonsense' }
    await api.ask(undefined, 'GET /v1/keys', { headers, from: '192.0.2.66' })
  }
  const listed = await run('operator', 'bans', 'list')
  expect(listed).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^192\.0\.2\.66\t2026-\S+Z$/),
  })
  expect(await run('operator', 'bans', 'lift', '192.0.2.66')).toMatchObject({
    code: 0,
    out: '192.0.2.66 is no longer banned.',
  })
  expect((await run('operator', 'bans', 'list')).out).toBe('')
  expect(await run('operator', 'bans', 'lift', '192.0.2.66')).toMatchObject({ code: 1 })
  expect(await run('operator', 'bans', 'lift', 'nobody')).toMatchObject({
    code: 3,
    err: expect.stringContaining('/source'),
  })
  expect((await run('admin', 'bans', 'list')).code).toBe(3)
})

test('a reload tells what counts from the next start, and why nothing of it counts', async () => {
  expect(await run('operator', 'reload')).toMatchObject({
    code: 0,
    out: 'The gate uses what it has read.\nFrom the next start: log.level.',
    err: `Warning: key ${api.idOf('subject')} is refused: no tenant is called "gone".`,
  })
  api.faults.file = true
  expect(await run('operator', 'reload', '--json')).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining('policies[0].regions: is missing'),
  })
})

test('drain tells the gate, and with --wait ends when no call is left', async () => {
  api.running.set('one', { tenantId: 'acme', isEmergency: false })
  expect(await run('operator', 'drain', '--json')).toMatchObject({
    code: 0,
    out: '{"state":"draining","running":1}',
  })
  const waiting = run('operator', 'drain', '--wait')
  await expect.poll(() => api.drained.length).toBe(2)
  api.running.clear()
  expect(await waiting).toMatchObject({ code: 0, out: expect.stringContaining('none is in') })
})

async function happens(callId: string, tenantId: string): Promise<void> {
  const decided = { type: 'call.decided', callId, tenantId, admitted: true, called: '+14155552671' }
  await api.audit.append(decided as unknown as AuditEvent)
}

test('calls are followed across the ends of streams, each event once, until the key is refused', async () => {
  const lines: string[] = []
  const terminal = { out: (line: string) => lines.push(line), err: () => undefined }
  const ended = runCli(['calls', 'tail', '--json', ...asking('logs:read')], terminal)
  const streams = () => api.used().filter(({ result }) => result === undefined || result === 200)
  await expect.poll(() => streams().length, { timeout: 10_000 }).toBeGreaterThan(0)
  await expect
    .poll(async () => {
      if (lines.length === 0) await happens('one', 'acme')
      return lines.length
    })
    .toBeGreaterThan(0)
  await happens('others', 'other')
  // The time of the stream is over; what happens until the reader comes again is told then.
  api.clock.advance(600_000)
  await happens('missed', 'acme')
  const calls = () => lines.map((line) => JSON.parse(line).callId)
  await expect.poll(calls, { timeout: 10_000 }).toContain('missed')
  expect(calls().filter((id) => id === 'missed')).toHaveLength(1)
  expect(calls()).not.toContain('others')
  const key = api.idOf('logs:read')
  await api.store.keys.changeKey(key as never, { status: 'revoked' })
  expect(await ended).toBe(3)
})

test('a key that is refused, none and a gate that is not there are told, and no key', async () => {
  const refused = await run('revoked', 'usage')
  expect(refused).toMatchObject({ code: 3, err: 'tollgate: the gate answers: The key is revoked' })
  const [, , , file = ''] = asking('operator')
  const gone = await runInProcess('usage', '--gate', 'http://127.0.0.1:1', '--key-file', file)
  expect(gone).toMatchObject({ code: 3, err: expect.stringContaining('nothing listens there') })
  writeFileSync(file, '\n')
  expect(await runInProcess('usage', '--gate', url, '--key-file', file)).toMatchObject({
    code: 2,
    err: expect.stringContaining('--key-file holds no key'),
  })
  expect(await runInProcess('usage', '--gate', url)).toMatchObject({
    code: 2,
    err: expect.stringContaining('which key? TOLLGATE_API_KEY'),
  })
})

test('a key goes in the clear to this machine alone', async () => {
  const [, , ...key] = asking('operator')
  for (const gate of ['http://192.0.2.1', 'http://localhost.example.com', 'http://u:p@127.0.0.1']) {
    expect(await runInProcess('usage', '--gate', gate, ...key)).toMatchObject({ code: 2 })
  }
})

async function askOver(shown: TestCertificate, trust: Pick<GatePlace, 'ca' | 'isOwn'>) {
  await using stack = new AsyncDisposableStack()
  const server = createServer({ cert: shown.certificate, key: shown.key }, (_, response) => {
    response.end('{"is":"it"}')
  })
  stack.defer(() => new Promise<void>((resolve) => server.close(() => resolve())))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const place = { url: new URL(`https://127.0.0.1:${port}`), key: new Secret('k'), ...trust }
  return await askJson(place, { method: 'GET', path: '/' }).catch((error: Error) => error.message)
}

test("the certificate that the settings name is believed under any name, and nobody else's", async () => {
  const ca = await testCa()
  const [own, other] = [await ca.issue('DNS:gate'), await ca.issue('DNS:gate')]
  const trust = { ca: own.certificate, isOwn: true }
  expect(await askOver(own, trust)).toEqual({ is: 'it' })
  expect(await askOver(other, trust)).toMatch(/^no gate answers at https/)
  expect(await askOver(own, { ca: undefined, isOwn: false })).toMatch(/^no gate answers at https/)
  // Signed by who is trusted, but for another name than it is asked by.
  expect(await askOver(own, { ca: ca.pem, isOwn: false })).toMatch(/^no gate answers/)
})
