import type { z } from 'zod'
import { credentialKinds, digestAlgorithms } from '../domain/credentials.ts'
import { adminAddress } from './admin-listen.ts'
import { apiRows } from './api-settings.ts'
import { auditRows } from './audit-settings.ts'
import { identitySettings } from './identity-settings.ts'
import type { SettingRow } from './setting-row.ts'
import * as type from './types.ts'
import { verificationRows } from './verification-settings.ts'

/** What tools that look for open SIP servers call themselves. */
const knownScanners = [
  ...['friendly-scanner', 'friendly-request', 'sipvicious', 'sundayddr', 'sipcli', 'pplsip'],
  ...['sip-scan', 'sipscan', 'vaxsipuseragent', 'iwar', 'smap', 'svcrack', 'svwar'],
]

/**
 * Every setting there is, by its path in the file. The loader, `--help` and docs/configuration.md
 * are made from this table.
 */
const settingRows = {
  'engine.kind': {
    env: 'TOLLGATE_ENGINE_KIND',
    default: 'embedded',
    type: type.oneOf(['embedded', 'drachtio']),
    help: 'Who owns the SIP sockets: the engine in this process, or a drachtio-server.',
  },
  'engine.listen': {
    env: 'TOLLGATE_ENGINE_LISTEN',
    default: ['udp/127.0.0.1:5060', 'tcp/127.0.0.1:5060'],
    type: type.list(type.listenAddress),
    help: 'Where the embedded engine listens for SIP: udp, tcp, tls, ws or wss, IPv6 in brackets, with `;advertise=host` behind it where it has a name of its own; port 0 lets the system choose.',
  },
  'engine.advertisedHost': {
    env: 'TOLLGATE_ENGINE_ADVERTISED_HOST',
    default: undefined,
    type: type.sipHost.optional(),
    help: 'Name in Via and Contact of listeners that have none of their own; without it, their address.',
  },
  'engine.tls.certificate': {
    env: 'TOLLGATE_ENGINE_TLS_CERTIFICATE',
    default: undefined,
    type: type.text(1000).optional(),
    help: 'PEM file with the certificate for tls and wss, the chain below it; read again on SIGHUP.',
  },
  'engine.tls.key': {
    env: 'TOLLGATE_ENGINE_TLS_KEY',
    default: undefined,
    type: type.text(1000).optional(),
    help: 'PEM file with the key of that certificate; read again on SIGHUP, as all files of engine.tls.',
  },
  'engine.tls.names': {
    env: 'TOLLGATE_ENGINE_TLS_NAMES',
    default: [],
    type: type.list(type.namedCertificate),
    help: 'Certificates for other names that clients ask for (SNI): `name;certificate=file;key=file`.',
  },
  'engine.tls.clientCertificates': {
    env: 'TOLLGATE_ENGINE_TLS_CLIENT_CERTIFICATES',
    default: 'off',
    type: type.oneOf(['off', 'optional', 'required']),
    help: 'Whether clients are asked for a certificate (`optional`), and kept out without one (`required`).',
  },
  'engine.tls.clientCa': {
    env: 'TOLLGATE_ENGINE_TLS_CLIENT_CA',
    default: undefined,
    type: type.text(1000).optional(),
    help: 'PEM file with the CAs of client certificates; with `required`, clients of any other are kept out.',
  },
  'engine.tls.serverCa': {
    env: 'TOLLGATE_ENGINE_TLS_SERVER_CA',
    default: undefined,
    type: type.text(1000).optional(),
    help: 'PEM file with the CAs that certificates of carriers are trusted by; without it, those of the web.',
  },
  'engine.adminListen': {
    env: 'TOLLGATE_ENGINE_ADMIN_LISTEN',
    default: [],
    type: type.list(adminAddress),
    help: 'Where other gates and applications reach the embedded engine: `tcp/127.0.0.1:9022` on loopback only, else `tls/`.',
  },
  'engine.adminSecret': {
    env: 'TOLLGATE_ENGINE_ADMIN_SECRET',
    default: undefined,
    type: type.secret.optional(),
    help: 'Secret of engine.adminListen; better in the environment than in the file.',
  },
  'engine.adminCertificate': {
    env: 'TOLLGATE_ENGINE_ADMIN_CERTIFICATE',
    default: undefined,
    type: type.text(1000).optional(),
    help: 'PEM file with the certificate for `tls/` of engine.adminListen, the chain below it.',
  },
  'engine.adminKey': {
    env: 'TOLLGATE_ENGINE_ADMIN_KEY',
    default: undefined,
    type: type.text(1000).optional(),
    help: 'PEM file with the key of that certificate.',
  },
  'engine.webSocketOrigins': {
    env: 'TOLLGATE_ENGINE_WEB_SOCKET_ORIGINS',
    default: undefined,
    type: type.list(type.webOrigin).optional(),
    help: 'Origins whose pages may open a WebSocket; without it, any.',
  },
  'engine.flood.strangerPerS': {
    env: 'TOLLGATE_ENGINE_FLOOD_STRANGER_PER_S',
    default: 200,
    type: type.whole(1, 100_000),
    help: 'Datagrams a second that the embedded engine reads from one unknown address (IPv6: a /64); three times as many in a burst.',
  },
  'engine.flood.strangersPerS': {
    env: 'TOLLGATE_ENGINE_FLOOD_STRANGERS_PER_S',
    default: 400,
    type: type.whole(1, 100_000),
    help: 'The same from all unknown addresses together; twice as many in a burst.',
  },
  'engine.flood.connectionsPerS': {
    env: 'TOLLGATE_ENGINE_FLOOD_CONNECTIONS_PER_S',
    default: 100,
    type: type.whole(1, 100_000),
    help: 'Connections a second that one address (IPv6: a /64) may open; ten times as many in a burst.',
  },
  'engine.flood.streamPerS': {
    env: 'TOLLGATE_ENGINE_FLOOD_STREAM_PER_S',
    default: 2000,
    type: type.whole(1, 1_000_000),
    help: 'Messages a second that are read from one address over all its connections, twice as many in a burst; the others are read later.',
  },
  'engine.host': {
    env: 'TOLLGATE_ENGINE_HOST',
    default: '127.0.0.1',
    type: type.host,
    help: 'Host of the admin port of drachtio-server (engine.kind: drachtio).',
  },
  'engine.port': {
    env: 'TOLLGATE_ENGINE_PORT',
    default: 9022,
    type: type.whole(1, 65_535),
    help: 'Admin port of drachtio-server (engine.kind: drachtio).',
  },
  'engine.secret': {
    env: 'TOLLGATE_ENGINE_SECRET',
    default: undefined,
    type: type.secret.optional(),
    help: 'Secret of that admin port; better in the environment than in the file.',
  },
  'engine.banListRedis.url': {
    env: 'TOLLGATE_ENGINE_BAN_LIST_REDIS_URL',
    default: undefined,
    type: type.redisUrl.optional(),
    help: 'The single Redis, database 0, with the set of banned addresses that drachtio-server reads, only when it starts (engine.kind: drachtio).',
  },
  'engine.banListRedis.key': {
    env: 'TOLLGATE_ENGINE_BAN_LIST_REDIS_KEY',
    default: 'tollgate:banned',
    type: type.text(200),
    help: 'Key of that set: `redis-key` of the `<blacklist>` of drachtio-server.',
  },
  keyHeader: {
    env: 'TOLLGATE_KEY_HEADER',
    default: 'X-API-Key',
    type: type.keyHeader,
    help: 'The SIP header that carries the API key; never sent on to a carrier.',
  },
  'credentials.accept': {
    env: 'TOLLGATE_CREDENTIALS_ACCEPT',
    default: ['header'],
    type: type.list(type.oneOf(credentialKinds)),
    help: `How a call may prove its key: ${credentialKinds.join(', ')}.`,
  },
  'credentials.realm': {
    env: 'TOLLGATE_CREDENTIALS_REALM',
    default: 'tollgate',
    type: type.realm,
    help: 'Realm of the digest challenges; the `digest` of a key works for this realm only.',
  },
  'credentials.digestAlgorithms': {
    env: 'TOLLGATE_CREDENTIALS_DIGEST_ALGORITHMS',
    default: digestAlgorithms,
    type: type.list(type.oneOf(digestAlgorithms)),
    help: 'What digest challenges offer, in this order; some old phones answer only the first.',
  },
  'credentials.masterKey': {
    env: 'TOLLGATE_MASTER_KEY',
    default: undefined,
    type: type.masterKey.optional(),
    help: '32 random bytes, base64 or hexadecimal, the same on every gate; needed for digest and token, and seals audit.keysPath. Give it by the environment.',
  },
  'guard.failuresMax': {
    env: 'TOLLGATE_GUARD_FAILURES_MAX',
    default: 20,
    type: type.whole(1, 10_000),
    help: 'Bad credentials from one source within guard.windowS that ban it.',
  },
  'guard.windowS': {
    env: 'TOLLGATE_GUARD_WINDOW_S',
    default: 60,
    type: type.whole(1, 86_400),
    help: 'Within so many seconds guard.failuresMax bad credentials are forgiven.',
  },
  'guard.banS': {
    env: 'TOLLGATE_GUARD_BAN_S',
    default: 600,
    type: type.whole(1, 86_400),
    help: 'How long a source is banned, seconds.',
  },
  'guard.provenS': {
    env: 'TOLLGATE_GUARD_PROVEN_S',
    default: 86_400,
    type: type.whole(1, 2_592_000),
    help: 'A source from which a key was proven within so many seconds is never banned.',
  },
  'guard.delayMaxMs': {
    env: 'TOLLGATE_GUARD_DELAY_MAX_MS',
    default: 2000,
    type: type.whole(0, 30_000),
    help: 'The longest delay of the answer to bad credentials; it doubles each time.',
  },
  'guard.scanners': {
    env: 'TOLLGATE_GUARD_SCANNERS',
    default: knownScanners,
    type: type.list(type.text()),
    help: 'A source whose User-Agent contains one of these is banned at once.',
  },
  'alerts.webhookUrl': {
    env: 'TOLLGATE_ALERTS_WEBHOOK_URL',
    default: undefined,
    type: type.httpUrl.optional(),
    help: 'Where alerts are posted as JSON, signed with alerts.webhookSecret.',
  },
  'alerts.webhookSecret': {
    env: 'TOLLGATE_ALERTS_WEBHOOK_SECRET',
    default: undefined,
    type: type.secret.optional(),
    help: 'Secret by which the receiver of alerts checks their signature.',
  },
  'alerts.calls': {
    env: 'TOLLGATE_ALERTS_CALLS',
    default: 'off',
    type: type.oneOf(['off', 'ended']),
    help: 'With `ended`, alerts.webhookUrl is told of every call that ends, too.',
  },
  'alerts.refusalsPerMinuteMax': {
    env: 'TOLLGATE_ALERTS_REFUSALS_PER_MINUTE_MAX',
    default: 0,
    type: type.whole(0, 1_000_000),
    help: 'More refused calls than this in a minute raise an alert; 0: none is raised.',
  },
  'store.adapter': {
    env: 'TOLLGATE_STORE_ADAPTER',
    default: 'embedded',
    type: type.oneOf(['embedded', 'redis']),
    help: 'Where counters and keys are kept: in this gate and its files, or on a Redis that several gates can share.',
  },
  'store.path': {
    env: 'TOLLGATE_STORE_PATH',
    default: 'data/store.sqlite',
    type: type.text(1000),
    help: 'File of the embedded store: what must outlive a restart, such as the calls of the day.',
  },
  'redis.url': {
    env: 'TOLLGATE_REDIS_URL',
    default: undefined,
    type: type.redisUrl.optional(),
    help: 'redis://user:password@host:port, rediss:// for TLS (store.adapter: redis); better in the environment than in the file.',
  },
  'redis.ca': {
    env: 'TOLLGATE_REDIS_CA',
    default: undefined,
    type: type.text(1000).optional(),
    help: 'PEM file with the CAs that rediss:// servers are trusted by, that of engine.banListRedis.url too; without it, those of the web.',
  },
  'redis.clusterNodes': {
    env: 'TOLLGATE_REDIS_CLUSTER_NODES',
    default: [],
    type: type.list(type.hostPort),
    help: 'Further nodes of a Redis Cluster, host:port; none: a single server.',
  },
  'redis.timeoutMs': {
    env: 'TOLLGATE_REDIS_TIMEOUT_MS',
    default: 500,
    type: type.whole(10, 30_000),
    help: 'How long Redis may take for one answer or for a connection.',
  },
  'redis.gates': {
    env: 'TOLLGATE_REDIS_GATES',
    default: 1,
    type: type.whole(1, 1000),
    help: 'How many gates share Redis. While it is lost, each has one part in so many of the limits of policies with whenStoreLost: local.',
  },
  ...auditRows,
  ...identitySettings,
  ...verificationRows,
  'limits.callsMax': {
    env: 'TOLLGATE_LIMITS_CALLS_MAX',
    default: 2000,
    type: type.whole(1, 100_000),
    help: 'Most calls in progress on this gate; further ones are refused with 503.',
  },
  'limits.leaseMs': {
    env: 'TOLLGATE_LIMITS_LEASE_MS',
    default: 24_000,
    type: type.whole(1000, 30_000, 'no slot of a node that died is lost for longer'),
    help: 'How long the slots of calls outlive a gate that died; running calls renew theirs in time.',
  },
  'limits.budgetSliceS': {
    env: 'TOLLGATE_LIMITS_BUDGET_SLICE_S',
    default: 60,
    type: type.whole(10, 3600),
    help: 'For how many seconds of a call money is reserved at a time.',
  },
  'limits.storeTimeoutMs': {
    env: 'TOLLGATE_LIMITS_STORE_TIMEOUT_MS',
    default: 2000,
    type: type.whole(10, 30_000),
    help: 'How long the store may take for one answer; then the call is refused.',
  },
  'relay.transfers': {
    env: 'TOLLGATE_RELAY_TRANSFERS',
    default: 'refuse',
    type: type.oneOf(['relay', 'refuse']),
    help: 'REFER within a call: refused, or relayed; the call that comes of it may bypass the gate.',
  },
  'relay.blindNoAnswerTimeoutMs': {
    env: 'TOLLGATE_RELAY_BLIND_NO_ANSWER_TIMEOUT_MS',
    default: 8000,
    type: type.whole(100, 32_000),
    help: 'How long a silent gateway is waited for at least, where the engine does not report the 100 (drachtio-server).',
  },
  'relay.sessionExpiresS': {
    env: 'TOLLGATE_RELAY_SESSION_EXPIRES_S',
    default: 1800,
    type: type.whole(0, 86_400),
    help: 'Session interval (RFC 4028) with a caller that asks for none, 90 s or more: at half of it the caller is asked whether it is still there. 0: never.',
  },
  'compliance.dir': {
    env: 'TOLLGATE_COMPLIANCE_DIR',
    default: 'config/compliance',
    type: type.text(1000),
    help: 'Directory of the tables of calling hours, attempts, consent and recording: YAML files, each for one or more countries.',
  },
  'log.level': {
    env: 'TOLLGATE_LOG_LEVEL',
    default: 'info',
    type: type.oneOf(['debug', 'info', 'warn', 'error', 'silent']),
    help: 'The least severe that goes into the log on standard output.',
  },
  ...apiRows,
  'drain.deadlineMs': {
    env: 'TOLLGATE_DRAIN_DEADLINE_MS',
    default: 30_000,
    type: type.whole(0, 86_400_000),
    help: 'How long running calls may go on after the first SIGTERM before they are ended.',
  },
} as const satisfies Record<string, SettingRow>

/** Path of a setting, as it is written everywhere: file, problems, docs and code. */
export type SettingPath = keyof typeof settingRows

/** What each setting came to, by its path. */
export type SettingValues = {
  readonly [Path in SettingPath]: z.output<(typeof settingRows)[Path]['type']>
}

/** The table as a list, in its own order. */
export function eachSetting(): readonly (readonly [SettingPath, SettingRow])[] {
  return Object.entries(settingRows) as [SettingPath, SettingRow][]
}
