import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startGate } from '../../src/app.ts'
import { lockLog } from '../../src/audit/lock.ts'
import { readSettings } from '../../src/config/load.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { Secret } from '../../src/kernel/secret.ts'
import { readMasterKey } from '../../src/keys/master-key.ts'
import { CallRecords } from '../../src/records/call-records.ts'
import { IndexFile } from '../../src/records/index-file.ts'
import { KeyFile } from '../../src/sealing/key-file.ts'
import { UaCall, UdpUa } from '../support/udp-ua.ts'

const [caller, called] = ['+12125550150', '+14155552671']
const master = 'ab'.repeat(32)
let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tollgate-sealed-'))
})
afterEach(() => rm(folder, { recursive: true }))

function settings() {
  const text = `
engine: { listen: ["udp/0.0.0.0:0;advertise=localhost"] }
store: { path: ${folder}/store.sqlite }
audit: { dir: ${folder}/audit }
identity: { certificateDir: ${folder}/identity, port: 0 }
tenants: [{ id: acme }]
policies: [{ id: us, regions: [US], homeRegion: US, foreignCallerId: attest_b }]
keys: [{ id: fresh, tenant: acme, policy: us, mode: test, allowedSources: [127.0.0.0/8], generate: true }]
`
  const result = readSettings({ text, environment: { TOLLGATE_MASTER_KEY: master } })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.settings
}

async function bytesOf(name: string): Promise<string> {
  const path = join(folder, name)
  const inside = await readdir(path, { recursive: true, withFileTypes: true }).catch(
    () => undefined,
  )
  if (!inside) return (await readFile(path)).toString('latin1')
  const files = inside.filter((entry) => entry.isFile())
  const texts = files.map(async (entry) => {
    return (await readFile(join(entry.parentPath, entry.name))).toString('latin1')
  })
  return (await Promise.all(texts)).join('\n')
}

test('a gate takes away what a killed check of its index has left, but nothing of one that runs', async () => {
  const left = join(folder, 'audit-index.sqlite.check')
  await mkdir(join(folder, 'audit-cli'))
  await writeFile(left, '')
  {
    using _running = lockLog(join(folder, 'audit-cli'))
    await using _gate = await startGate(settings(), { logger: silentLogger })
    expect(existsSync(left)).toBe(true)
  }
  await using _gate = await startGate(settings(), { logger: silentLogger })
  expect(existsSync(left)).toBe(false)
})

test('of a call no file of the audit log has a number, an address, a Call-ID or a key readable, and its record has them', async () => {
  const ua = await UdpUa.open()
  const gate = await startGate(settings(), { logger: silentLogger })
  const key = gate.keys.get('fresh')?.reveal() ?? ''
  const call = new UaCall(ua, gate.listening[0]?.port ?? 0, called)
  call.invite({ headers: [`X-API-Key: ${key}`] })
  const refused = await ua.next('a final response', ({ status }) => status >= 200)
  if (refused.status >= 300) call.ackFailure(refused)
  await expect
    .poll(() => readdir(folder), { timeout: 20_000, interval: 200 })
    .toContain('audit-index.sqlite-wal')
  await gate[Symbol.asyncDispose]()
  ua.close()

  const names = (await readdir(folder)).filter((name) => name.startsWith('audit'))
  expect(names).toEqual(
    expect.arrayContaining(['audit', 'audit-index.sqlite', 'audit-keys.sqlite']),
  )
  // Settings are no personal data: the gate listens somewhere.
  const settingTexts = /"(?:before|after)":"(?:[^"\\]|\\.)*"/g
  const texts = (await Promise.all(names.map(bytesOf))).map((text) =>
    text.replaceAll(settingTexts, ''),
  )
  const [, , , secret = 'none'] = key.split('_')
  for (const hidden of [caller, called, '127.0.0.1', call.callId, secret, master]) {
    const at = names.filter((_, nth) => texts[nth]?.includes(hidden.replace('+', '')))
    expect(at, hidden).toEqual([])
  }
  const random = systemRandom()
  const masterKey = readMasterKey(new Secret(master))
  using keys = new KeyFile({ path: join(folder, 'audit-keys.sqlite'), masterKey, random })
  using index = new IndexFile(join(folder, 'audit-index.sqlite'))
  const [record] = new CallRecords(index, keys).search({ number: called }).records
  expect(record).toMatchObject({ called, sourceAddress: '127.0.0.1', sipCallId: call.callId })
}, 40_000)
