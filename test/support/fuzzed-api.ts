import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { streamLifeMs } from '../../src/api/routes/call-stream.ts'
import { startGate } from '../../src/app.ts'
import { loadSettings } from '../../src/config/load.ts'
import type { KeyId } from '../../src/domain/key.ts'
import { scopes } from '../../src/domain/policy.ts'
import { type Clock, systemClock } from '../../src/kernel/clock.ts'
import { createLogger } from '../../src/kernel/logger.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { type MintedKey, mintKey } from '../../src/keys/format.ts'
import { ownFolder } from './gate.ts'
import { keepPort } from './gate-ports.ts'

// A gate whose API a fuzzer of OpenAPI documents is let loose on, with a key of the operator's and with a
// tenant's, and for a drain with one of its own. The fuzzer is Schemathesis, which is no package of npm: CONTRIBUTING.md.

/** The program of the fuzzer, and what it is told besides. */
const [program = 'schemathesis', ...options] = process.argv.slice(2)

const hooks = {
  PYTHONPATH: join(import.meta.dirname, '../fuzz'),
  PYTHONDONTWRITEBYTECODE: '1',
  SCHEMATHESIS_HOOKS: 'text_csv',
}
const settingsFile = join(import.meta.dirname, '../fuzz/schemathesis.toml')
const random = systemRandom()
const sources = { allowedSources: ['127.0.0.0/8'] }
const limits = {
  callsPerSecondMax: 5,
  callsPerDayMax: 100,
  concurrentMax: 10,
  budget: { currency: 'USD', perDayMicros: 5_000_000 },
}
const home = { regions: ['US'], homeRegion: 'US', foreignCallerId: 'attest_b' }

/** One time that it is let loose: by whose key, and where. */
interface Round {
  readonly by: keyof Minted
  readonly options: readonly string[]
}

const only = (path: string) => ['--include-path', path]
/** One operation leads to no other, which the fuzzer takes for a fault. */
const withoutLinks = ['--phases', 'examples,coverage,fuzzing']
const without = (...paths: readonly string[]) => paths.flatMap((path) => ['--exclude-path', path])

// After a drain the gate is not ready any more: that has a gate of its own. A tenant's key would end itself.
const rounds: readonly Round[] = [
  { by: 'operator', options: without('/v1/drain') },
  { by: 'tenant', options: without('/v1/keys/{keyId}/revoke', '/v1/keys/{keyId}/suspend') },
  { by: 'operator', options: [...only('/v1/drain'), ...withoutLinks] },
]

/** A stream of calls ends so soon that a fuzzer hears its end. */
const streamMs = 200

/** The time of this machine, but for the life of a stream. */
function hastyClock(): Clock {
  const clock = systemClock()
  return {
    ...clock,
    after: (delayMs, run) => clock.after(delayMs === streamLifeMs ? streamMs : delayMs, run),
  }
}

interface Minted {
  readonly operator: MintedKey
  readonly tenant: MintedKey
}

/** As it stands in a configuration. */
function declared({ id, secretHash }: MintedKey) {
  return { id, secretHash: `sha256:${secretHash.toString('hex')}`, ...sources }
}

async function settingsIn(folder: string, port: number, { operator, tenant }: Minted) {
  return {
    engine: { kind: 'embedded', listen: [`udp/127.0.0.1:${await keepPort()}`] },
    store: { path: `${folder}/store.sqlite` },
    audit: { dir: `${folder}/audit` },
    identity: { certificateDir: `${folder}/identity`, port: await keepPort() },
    credentials: { accept: ['header', 'token'], masterKey: random.hex(32) },
    api: { listen: `http/127.0.0.1:${port}`, requestsPerSecondMax: 10_000 },
    // It comes without a key and with wrong ones on purpose.
    guard: { failuresMax: 1000, delayMaxMs: 0 },
    log: { level: 'warn' },
    operators: [declared(operator)],
    rateDecks: [{ id: 'usual', file: 'config/demo/rates.csv' }],
    tenants: [{ id: 'acme', rateDeck: 'usual', limits }, { id: 'other' }],
    policies: [{ id: 'everything', ...home, scopes, limits }],
    keys: [tenant, mintKey(random, 'live'), mintKey(random, 'live')].map((key) => {
      return { ...declared(key), tenant: 'acme', policy: 'everything' }
    }),
    numbers: [{ number: '+12125550150', tenant: 'acme' }],
    carriers: [{ id: 'carrier-1', gateways: [{ id: 'g', host: '127.0.0.1', port: 9 }] }],
  }
}

/** Lets it loose once; answers how it ended. */
async function fuzz({ by, options: where }: Round): Promise<number> {
  // The last of any list: what becomes of the first there does not become of the one that asks.
  const ids = { operator: 'y'.repeat(16), tenant: 'z'.repeat(16) } as const
  const minted = {
    operator: mintKey(random, 'live', ids.operator as KeyId),
    tenant: mintKey(random, 'live', ids.tenant as KeyId),
  }
  await using stack = new AsyncDisposableStack()
  const folder = await ownFolder(stack)
  const file = join(folder, 'tollgate.yaml')
  const port = await keepPort()
  await writeFile(file, JSON.stringify(await settingsIn(folder, port, minted)))
  const around = { logger: createLogger('warn'), clock: hastyClock() }
  stack.use(await startGate(loadSettings(file, {}), around))
  const key = minted[by]
  const child = spawn(
    program,
    [
      ...['--config-file', settingsFile, 'run', `http://127.0.0.1:${port}/v1/openapi.json`],
      ...['--header', `Authorization: Bearer ${key.text.reveal()}`],
      // Of what is told twice the later counts.
      ...options,
      ...where,
    ],
    { stdio: 'inherit', cwd: folder, env: { ...process.env, ...hooks } },
  )
  const [code] = await once(child, 'exit')
  return Number(code ?? 1)
}

for (const round of rounds) {
  const code = await fuzz(round)
  process.exitCode ||= code
}
