import { once } from 'node:events'
import { chmodSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startGate } from '../../src/app.ts'
import { loadSettings } from '../../src/config/load.ts'
import { silentLogger as logger } from '../../src/kernel/logger.ts'
import { temporaryDirectory } from '../identity/support.ts'
import { testCa } from '../support/certificates.ts'
import { takePort } from '../support/gate-ports.ts'
import { runInProcess } from '../support/run-in-process.ts'

interface Found {
  readonly part: string
  readonly state: string
  readonly found: string
  readonly remedy?: string
}

function written(dir: string, port: number, more = ''): string {
  const file = join(dir, 'gate.yaml')
  const text = `
engine: { listen: [udp/127.0.0.1:${port}, tcp/127.0.0.1:${port}] }
store: { path: ${dir}/store.sqlite }
audit: { dir: ${dir}/audit }
identity: { certificateDir: ${dir}/identity, port: 0 }
${more}`
  writeFileSync(file, text)
  return file
}

async function examined(file: string) {
  const { code, out, err } = await runInProcess('doctor', '--config', file, '--json')
  expect(err).toBe('')
  const findings: Found[] = JSON.parse(out)
  const faults = findings.filter(({ state }) => state === 'fault')
  for (const { remedy } of findings.filter(({ state }) => state !== 'ok')) {
    expect(remedy).toMatch(/\.$/)
  }
  return { code, findings, faults }
}

test('a house in order is found so before its first gate, beside it, and after it', async () => {
  using dir = temporaryDirectory()
  const port = await takePort()
  const file = written(dir.path, port)
  expect(await examined(file)).toMatchObject({ code: 0, faults: [] })
  {
    await using _gate = await startGate(loadSettings(file, {}), { logger })
    const { code, findings, faults } = await examined(file)
    expect({ code, faults }).toEqual({ code: 0, faults: [] })
    const found = findings.map((finding) => finding.found)
    expect(found).toContain(`a gate listens on udp/127.0.0.1:${port}`)
    expect(found).toContain(`${dir.path}/audit: a gate writes it`)
  }
  expect(await examined(file)).toMatchObject({ code: 0, faults: [] })
})

test('a port of another and a lost key file are faults', async () => {
  using dir = temporaryDirectory()
  const port = await takePort()
  const other = createServer().listen(port, '127.0.0.1')
  const file = written(dir.path, port)
  mkdirSync(join(dir.path, 'audit'))
  for (const name of ['a', 'b']) writeFileSync(join(dir.path, 'audit', name), '')
  const { code, faults } = await examined(file)
  other.close()
  expect(code).toBe(1)
  expect(faults.map(({ part, found }) => `${part}: ${found}`)).toEqual([
    `ports: a gate cannot listen on tcp/127.0.0.1:${port}: EADDRINUSE`,
    `key file: ${dir.path}/audit-keys.sqlite is missing, though there is a log`,
  ])
})

test('files of the gate that others can read are a fault, each named', async () => {
  using dir = temporaryDirectory()
  const file = written(dir.path, await takePort())
  {
    await using _gate = await startGate(loadSettings(file, {}), { logger })
  }
  expect(await examined(file)).toMatchObject({ code: 0 })
  for (const name of ['audit.key', 'store.sqlite.shared']) {
    chmodSync(join(dir.path, name), 0o640)
  }
  const [first, second] = [`${dir.path}/audit.key`, `${dir.path}/store.sqlite.shared`]
  const { code, faults } = await examined(file)
  expect(code).toBe(1)
  expect(faults).toEqual([
    {
      part: 'private files',
      state: 'fault',
      found: `${first}, ${second} can be read by others`,
      remedy: `chmod go= ${first} ${second}.`,
    },
  ])
})

test('a key that the settings name may be read by a group, as secrets that are mounted are, and by no others', async () => {
  using dir = temporaryDirectory()
  const key = join(dir.path, 'mounted.key')
  const file = written(dir.path, await takePort())
  writeFileSync(file, readFileSync(file, 'utf8').replace('/audit }', `/audit, keyFile: ${key} }`))
  writeFileSync(key, '', { mode: 0o440 })
  expect((await examined(file)).faults.map(({ part }) => part)).not.toContain('private files')
  chmodSync(key, 0o444)
  expect((await examined(file)).faults).toContainEqual(
    expect.objectContaining({ part: 'private files', found: `${key} can be read by others` }),
  )
})

test('a file that cannot be looked at is told of, and all else is looked at', async () => {
  using dir = temporaryDirectory()
  const file = written(dir.path, await takePort())
  const path = join(dir.path, 'audit.key')
  symlinkSync(path, path)
  const { code, findings } = await examined(file)
  expect(code).toBe(0)
  expect(findings.filter(({ part }) => part === 'private files')).toEqual([
    {
      part: 'private files',
      state: 'unknown',
      found: expect.stringMatching(/^ELOOP: .*audit\.key/),
      remedy: 'Run tollgate doctor as the user that runs the gate.',
    },
  ])
})

test('a key whose every call would want a price that nobody knows is warned of', async () => {
  using dir = temporaryDirectory()
  const key = (id: string, policy: string) =>
    `{ id: ${id}, tenant: acme, policy: ${policy}, allowedSources: [192.0.2.1/32], secretHash: "sha256:${'ab'.repeat(32)}" }`
  const policy = (id: string, more: string) =>
    `{ id: ${id}, regions: [US], homeRegion: US, ${more} }`
  const max = 'priceMax: { currency: USD, perMinuteMicros: 1 }'
  const more = `
tenants: [{ id: acme }]
policies: [${policy('frugal', max)}, ${policy('tried', `${max}, enforcement: shadow`)}]
keys: [${key('Ab3dEf6hIj9lMn0p', 'frugal')}, ${key('Ab3dEf6hIj9lMn0q', 'tried')}]`
  const { code, findings } = await examined(written(dir.path, await takePort(), more))
  expect(code).toBe(0)
  expect(findings.filter(({ part }) => part === 'prices')).toEqual([
    {
      part: 'prices',
      state: 'warning',
      found:
        'every call of the key Ab3dEf6hIj9lMn0p is refused (price_unknown): the policy frugal limits money',
      remedy: 'Give the tenant acme a rateDeck, or the key another policy.',
    },
  ])
})

const otherKey = await (await testCa()).issue('DNS:other.example')

/** What is broken: the settings that say so, and what has to stand in the folder. */
const broken: Readonly<Record<string, { more?: string; break?: (dir: string) => Promise<void> }>> =
  {
    tables: { more: 'compliance: { dir: /nowhere }' },
    store: { break: async (dir) => mkdirSync(join(dir, 'store.sqlite')) },
    engine: {},
    certificates: {
      more: 'api: { listen: https/127.0.0.1:0, tls: { certificate: DIR/api.pem, key: DIR/api.key } }',
      break: async (dir) => {
        const { certificate } = await (await testCa()).issue('DNS:api.example')
        writeFileSync(join(dir, 'api.pem'), certificate)
        writeFileSync(join(dir, 'api.key'), otherKey.key)
      },
    },
    clock: {
      break: async (dir) => {
        mkdirSync(join(dir, 'audit'))
        const nextYear = new Date(Date.now() + 365 * 86_400_000)
        writeFileSync(join(dir, 'audit', 'checkpoint'), '')
        utimesSync(join(dir, 'audit', 'checkpoint'), nextYear, nextYear)
      },
    },
    'key file': {
      break: async (dir) => writeFileSync(join(dir, 'audit-keys.sqlite'), '', { mode: 0o644 }),
    },
  }

test.each(Object.keys(broken))(
  'where the %s is broken, that is found, with what to do',
  async (part) => {
    using dir = temporaryDirectory()
    const { more = '', break: harm } = broken[part] ?? {}
    await harm?.(dir.path)
    const file = written(dir.path, await takePort(), more.replaceAll('DIR', dir.path))
    if (part === 'engine') {
      const apart = `{ kind: drachtio, port: ${await takePort()}, secret: nobody-knows-it }`
      const text = readFileSync(file, 'utf8').replace(/^engine: .*$/m, `engine: ${apart}`)
      writeFileSync(file, text)
    }
    const { code, faults } = await examined(file)
    expect(code).toBe(1)
    expect(faults.map((each) => each.part)).toContain(part)
  },
)

test('an engine and a store that say nothing are given up after seconds, together', async () => {
  using dir = temporaryDirectory()
  const silent = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void silent.close())
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  const apart = `{ kind: drachtio, port: ${port}, secret: nobody-knows-it }`
  const more = `redis: { url: "redis://127.0.0.1:${port}", timeoutMs: 30000 }`
  const file = written(dir.path, await takePort(), more)
  const text = readFileSync(file, 'utf8')
    .replace(/^engine: .*$/m, `engine: ${apart}`)
    .replace(/^store: .*$/m, 'store: { adapter: redis }')
  writeFileSync(file, text)
  const beganMs = performance.now()
  const { code, faults } = await examined(file)
  expect(performance.now() - beganMs).toBeLessThan(8_000)
  expect(code).toBe(1)
  expect(faults.map(({ part }) => part).sort()).toEqual(['engine', 'store'])
  for (const { remedy } of faults) expect(remedy).toMatch(/^Start /)
})

test('a setting that cannot be used is the one finding, with its path', async () => {
  using dir = temporaryDirectory()
  const { code, findings } = await examined(written(dir.path, 5060, 'limits: { callsMax: -1 }'))
  expect(code).toBe(1)
  expect(findings).toHaveLength(1)
  expect(findings[0]?.found).toContain('limits.callsMax')
})

test('people get lines, and what to do under them', async () => {
  using dir = temporaryDirectory()
  const tls = `api: { listen: "https/127.0.0.1:0", tls: { certificate: ${dir.path}/no.pem, key: ${dir.path}/no.key } }`
  const file = written(dir.path, await takePort(), tls)
  const { code, out } = await runInProcess('doctor', '--config', file)
  expect(code).toBe(1)
  expect(out).toMatch(/^ok {7}config {8}every setting can be used$/m)
  expect(out).toMatch(/^fault {4}certificates .*api\.tls\.certificate/m)
  expect(out).toMatch(/^ {23}-> Put a certificate/m)
  expect(await runInProcess('doctor')).toMatchObject({ code: 2 })
})
