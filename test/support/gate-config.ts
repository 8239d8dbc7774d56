import { crc32 } from 'node:zlib'
import { systemClock } from '../../src/kernel/clock.ts'
import { type Random, systemRandom } from '../../src/kernel/random.ts'
import { toBase62 } from '../../src/keys/base62.ts'
import { createDigestAuth } from '../../src/keys/digest.ts'
import { type KeyMode, type MintedKey, mintKey } from '../../src/keys/format.ts'
import { MasterKey } from '../../src/keys/master-key.ts'

const checksumLength = 6

/** Keys of the test tenants, each with what it is there to show. */
const keyTable = {
  good: { tenant: 'acme', policy: 'usual' },
  strict: { tenant: 'acme', policy: 'own-numbers-only' },
  brief: { tenant: 'acme', policy: 'two-seconds' },
  reader: { tenant: 'acme', policy: 'logs-only' },
  single: { tenant: 'acme', policy: 'one-at-a-time' },
  slow: { tenant: 'acme', policy: 'two-a-second' },
  daily: { tenant: 'acme', policy: 'three-a-day' },
  elsewhere: { tenant: 'acme', policy: 'usual', allowedSources: ['10.99.0.0/16'] },
  suspended: { tenant: 'acme', policy: 'usual', status: 'suspended' },
  revoked: { tenant: 'acme', policy: 'usual', status: 'revoked' },
  expired: { tenant: 'acme', policy: 'usual', expiresAt: '2020-01-01T00:00:00Z' },
  orphan: { tenant: 'closed', policy: 'usual' },
  tester: { tenant: 'acme', policy: 'usual', mode: 'test' },
  pbx: { tenant: 'acme', policy: 'receiving' },
  fused: { tenant: 'acme', policy: 'five-a-minute', mode: 'test' },
} as const satisfies Record<string, { tenant: string; policy: string; [field: string]: unknown }>

export type KeyName = keyof typeof keyTable

function modeOf(name: KeyName): KeyMode {
  const row = keyTable[name]
  return 'mode' in row ? row.mode : 'live'
}

/** The tenant of all keys but one; the leases of its calls can be counted. */
export const countedTenant = 'acme'

/** A number of the tenant `acme`, and one that its policies let it call. */
export const ownNumber = '+12125550150'
export const callable = '+14155552671'

const home = { regions: ['US'], homeRegion: 'US', foreignCallerId: 'attest_b' }
const policies = [
  { id: 'usual', ...home },
  { id: 'own-numbers-only', ...home, foreignCallerId: 'refuse' },
  { id: 'two-seconds', ...home, callDurationMaxS: 2 },
  { id: 'logs-only', ...home, scopes: ['logs:read'] },
  { id: 'one-at-a-time', ...home, limits: { concurrentMax: 1 } },
  { id: 'two-a-second', ...home, limits: { callsPerSecondMax: 2 } },
  { id: 'five-a-minute', ...home, breaker: { attemptsFloor: 5 } },
  { id: 'receiving', ...home, scopes: ['calls:receive'] },
  {
    id: 'receiving-proven',
    ...home,
    scopes: ['calls:receive'],
    verification: { failed: 'refuse' },
  },
  { id: 'three-a-day', ...home, limits: { callsPerDayMax: 3 } },
]

/** How the gate under test meets the network. */
export type EngineChoice =
  | { readonly kind: 'embedded'; readonly sipPort: number }
  | { readonly kind: 'drachtio'; readonly adminPort: number; readonly secret: string }

export interface GateConfig {
  readonly engine: EngineChoice
  /** Everything that the gate writes goes below it. */
  readonly folder: string
  readonly identityPort: number
  readonly carrierPorts: readonly number[]
  readonly carrierTransport?: 'udp' | 'tcp' | 'tls' | undefined
  /** 127.0.0.1 unless given; the gate listens there as well. */
  readonly address?: '127.0.0.1' | '::1' | undefined
  /** Where the first carrier's calls come from, CIDR; it brings none unless given. */
  readonly inboundSources?: readonly string[] | undefined
  readonly noAnswerTimeoutMs?: number | undefined
  readonly ringTimeoutMs?: number | undefined
  readonly callsMax?: number | undefined
  readonly leaseMs?: number | undefined
  /** With it digest and tokens count beside keys in the header, and every key has its password. */
  readonly masterKey?: Buffer | undefined
  /** Further settings, by section. */
  readonly settings?: Readonly<Record<string, object | readonly object[]>> | undefined
}

export interface WrittenConfig {
  /** JSON, which is YAML. */
  readonly text: string
  /** The keys as their owners hold them. */
  readonly keys: Readonly<Record<KeyName, string>>
  readonly unknownKey: string
  /** Names the key `good`, with a secret that is not its own. */
  readonly wrongSecret: string
}

/** A well-formed key with this public id; its checksum is right, its secret is not. */
function keyOf(id: string, random: Random): string {
  const [, , , secret = ''] = mintKey(random, 'live').text.reveal().split('_')
  const body = `tg_live_${id}_${secret.slice(0, -checksumLength)}`
  return body + toBase62(crc32(body), checksumLength)
}

/** A configuration with every kind of key, fresh ones each time. */
export function configFor(config: GateConfig): WrittenConfig {
  const random = systemRandom()
  const names = Object.keys(keyTable) as KeyName[]
  const minted = names.map((name) => ({ name, key: mintKey(random, modeOf(name)) }))
  const keys = minted.map(({ name, key }) => ({
    allowedSources: ['127.0.0.0/8', '::1/128'],
    ...keyTable[name],
    id: key.id,
    ...(config.masterKey ? { digest: digestOf(config.masterKey, key) } : {}),
    secretHash: `sha256:${key.secretHash.toString('hex')}`,
  }))
  const texts = minted.map(({ name, key }) => [name, key.text.reveal()] as const)
  return {
    text: JSON.stringify({ ...settingsFor(config), policies, keys, ...tenants }, undefined, 1),
    keys: Object.fromEntries(texts) as Record<KeyName, string>,
    unknownKey: mintKey(random, 'live').text.reveal(),
    wrongSecret: keyOf(minted[0]?.key.id ?? '', random),
  }
}

/** What a gate keeps for digest, of its realm by default. */
function digestOf(masterKey: Buffer, { id, text }: MintedKey): string {
  const digest = createDigestAuth({
    masterKey: new MasterKey(masterKey),
    realm: 'tollgate',
    algorithms: [],
    clock: systemClock(),
    random: systemRandom(),
  })
  return digest.seal(id, text.reveal()).toString('base64url')
}

const tenants = {
  // A limit that nobody reaches, so that every call of the tenant holds a slot that can be counted.
  tenants: [
    { id: countedTenant, limits: { concurrentMax: 100_000 } },
    { id: 'closed', status: 'suspended' },
  ],
  numbers: [
    { tenant: 'acme', from: '+12125550100', to: '+12125550199' },
    { tenant: 'closed', number: '+12125550200' },
  ],
}

function settingsFor(config: GateConfig) {
  return {
    engine: engineSettings(config.engine, config.address),
    store: { path: `${config.folder}/store.sqlite` },
    audit: { dir: `${config.folder}/audit` },
    identity: { certificateDir: `${config.folder}/identity`, port: config.identityPort },
    limits: { callsMax: config.callsMax ?? 5000, leaseMs: config.leaseMs ?? 30_000 },
    relay: { blindNoAnswerTimeoutMs: config.noAnswerTimeoutMs ?? 1500 },
    drain: { deadlineMs: 5000 },
    log: { level: 'warn' },
    // Those who guess wait less here: many tests do.
    guard: { delayMaxMs: 10 },
    ...(config.masterKey ? { credentials: credentialSettings(config.masterKey) } : {}),
    ...config.settings,
    carriers: config.carrierPorts.map((port, index) => ({
      id: `carrier-${index + 1}`,
      priority: index,
      noAnswerTimeoutMs: config.noAnswerTimeoutMs ?? 1500,
      ringTimeoutMs: config.ringTimeoutMs ?? 4000,
      ...(index === 0 && config.inboundSources
        ? { inbound: { sources: config.inboundSources, homeRegion: 'US' } }
        : {}),
      gateways: [
        {
          id: `gateway-${index + 1}`,
          host: config.address ?? '127.0.0.1',
          port,
          transport: config.carrierTransport ?? 'udp',
        },
      ],
    })),
  }
}

/** SIPp 3.6 knows MD5 alone and would stumble over the other challenge. */
function credentialSettings(masterKey: Buffer) {
  return {
    accept: ['header', 'digest', 'token'],
    digestAlgorithms: ['MD5'],
    masterKey: masterKey.toString('hex'),
  }
}

function engineSettings(engine: EngineChoice, host = '127.0.0.1') {
  if (engine.kind === 'drachtio') {
    return { kind: 'drachtio', host: '127.0.0.1', port: engine.adminPort, secret: engine.secret }
  }
  const address = `${host.includes(':') ? `[${host}]` : host}:${engine.sipPort}`
  return { kind: 'embedded', listen: [`udp/${address}`, `tcp/${address}`] }
}
