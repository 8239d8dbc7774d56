import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startGate } from '../../src/app.ts'
import { readEntries } from '../../src/audit/read.ts'
import { readSettings, type Settings } from '../../src/config/load.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { parseKey } from '../../src/keys/format.ts'
import { RawApp } from '../e2e-engine/raw-app.ts'
import { UaCall, UdpUa } from '../support/udp-ua.ts'

const logger = silentLogger
let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tollgate-app-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

function settingsWith(environment: Record<string, string> = {}): Settings {
  const text = `
engine: { listen: [udp/127.0.0.1:0, tcp/127.0.0.1:0] }
store: { path: ${folder}/store.sqlite }
audit: { dir: ${folder}/audit }
identity: { certificateDir: ${folder}/identity, port: 0 }
tenants: [{ id: acme }]
policies: [{ id: us, regions: [US], homeRegion: US }]
keys: [{ id: fresh, tenant: acme, policy: us, mode: test, allowedSources: [127.0.0.1/32], generate: true }]
`
  const result = readSettings({ text, environment })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.settings
}

async function eventTypes(): Promise<string[]> {
  const types: string[] = []
  for await (const { event } of readEntries(`${folder}/audit`)) types.push(event.type)
  return types.filter((type) => type !== 'config.changed')
}

test('a gate tells the ports it was given and the keys it minted, and serves its certificate', async () => {
  await using gate = await startGate(settingsWith(), { logger })
  expect(gate.listening.map(({ protocol }) => protocol).sort()).toEqual(['tcp', 'udp'])
  for (const { port } of gate.listening) expect(port).toBeGreaterThan(0)
  expect(parseKey(gate.keys.get('fresh')?.reveal() ?? '')?.mode).toBe('test')
  const response = await fetch(gate.certificateUrl)
  expect(await response.text()).toContain('BEGIN CERTIFICATE')
})

test('others reach its engine where the settings say so, with a secret of their own', async () => {
  const environment = {
    TOLLGATE_ENGINE_ADMIN_LISTEN: 'tcp/127.0.0.1:0',
    TOLLGATE_ENGINE_ADMIN_SECRET: 'open sesame',
  }
  await using gate = await startGate(settingsWith(environment), { logger })
  const port = gate.embeddedEngine?.moreAdminPorts[0] ?? 0
  const app = await RawApp.open(port, 'open sesame')
  expect((await app.reply(app.send('route|message'))).fields[3]).toBe('OK')
  app.close()
  const stranger = await RawApp.open(port)
  expect((await stranger.reply(stranger.send('authenticate|wrong|'))).fields[3]).toBe('NO')
  await stranger.untilClosed()
})

test('a gate whose index another running gate keeps does not start, and does once that one has ended', async () => {
  const environment = {
    TOLLGATE_AUDIT_DIR: `${folder}/audit-other`,
    TOLLGATE_AUDIT_INDEX_PATH: `${folder}/audit-index.sqlite`,
    TOLLGATE_STORE_PATH: `${folder}/store-other.sqlite`,
  }
  {
    await using _gate = await startGate(settingsWith(), { logger })
    await expect(startGate(settingsWith(environment), { logger })).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(/^audit\.indexPath: .*audit-index\.sqlite: a running gate/),
    })
  }
  await using _other = await startGate(settingsWith(environment), { logger })
})

test('a gate that has started decides the very next call', async () => {
  const ua = await UdpUa.open()
  for (let run = 0; run < 5; run++) {
    await using gate = await startGate(settingsWith(), { logger })
    const port = gate.listening.find(({ protocol }) => protocol === 'udp')?.port ?? 0
    const call = new UaCall(ua, port, '+14155552671')
    call.invite()
    const refused = await ua.next('a final response', ({ status }) => status >= 200)
    expect(refused.message.startLine).toBe('SIP/2.0 403 Forbidden')
    call.ackFailure(refused)
  }
  ua.close()
})

test('a gate writes down its start and its end, and can be started again in the same place', async () => {
  const first = await startGate(settingsWith(), { logger })
  await first.drain()
  await first[Symbol.asyncDispose]()
  const second = await startGate(settingsWith(), { logger })
  await second[Symbol.asyncDispose]()
  expect(second.keys.get('fresh')?.reveal()).not.toBe(first.keys.get('fresh')?.reveal())
  const run = ['gate.started', 'gate.stopped']
  expect(await eventTypes()).toEqual(['gate.started', 'gate.draining', 'gate.stopped', ...run])
})

test('a start that fails names the setting and leaves nothing open behind it', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const { port } = taken.address() as { port: number }
  const blocked = settingsWith({ TOLLGATE_IDENTITY_PORT: String(port) })
  await expect(startGate(blocked, { logger })).rejects.toMatchObject({
    code: 'config_invalid',
    message: expect.stringContaining('identity.port'),
  })
  const listen = settingsWith({ TOLLGATE_ENGINE_LISTEN: `tcp/127.0.0.1:${port}` })
  await expect(startGate(listen, { logger })).rejects.toMatchObject({
    message: expect.stringContaining('engine.listen'),
  })
  taken.close()
  await using again = await startGate(settingsWith(), { logger })
  expect(again.running).toBe(0)
})

test('a gate without an audit log does not start', async () => {
  const broken = settingsWith({ TOLLGATE_AUDIT_DIR: '/dev/null/audit' })
  await expect(startGate(broken, { logger })).rejects.toMatchObject({ code: 'audit_unavailable' })
})
