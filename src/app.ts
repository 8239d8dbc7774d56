import { readFileSync } from 'node:fs'
import { Breakers } from './admission/breaker/breakers.ts'
import { breakersOf } from './admission/breaker/owners.ts'
import type { CredentialParts } from './admission/credential-parts.ts'
import { createPeriods } from './admission/periods.ts'
import type { Rules } from './admission/rules.ts'
import type { SourceGuard } from './admission/source-guard.ts'
import { watchKeyExpiry } from './alerts/key-expiry.ts'
import { CallFeed } from './api/call-feed.ts'
import { openAlerts } from './app/alerts.ts'
import { openApi } from './app/api.ts'
import { openBans } from './app/bans.ts'
import { openBooks } from './app/books.ts'
import { followAndReload, type Reloaded } from './app/changes.ts'
import { ClockDoubts } from './app/clock-doubts.ts'
import { writeConfigChanges } from './app/config-changes.ts'
import { learnCertificates, openCredentials } from './app/credentials.ts'
import { type Listening, listeningFrom, reachEngine, startEmbeddedEngine } from './app/engine.ts'
import { openEvidence } from './app/evidence.ts'
import type { Catalogue } from './app/follow.ts'
import { openGuard } from './app/guard.ts'
import type { House } from './app/house.ts'
import { openIdentity } from './app/identity.ts'
import { admitInboundToo } from './app/inbound.ts'
import { type Metrics, openMetrics } from './app/metrics.ts'
import { openRegistrations } from './app/registrations.ts'
import { endRevokedCalls, revokedSince } from './app/revocation.ts'
import { type Judgement, openAdmission, openRules } from './app/rules.ts'
import { openServedCertificates } from './app/served-certificates.ts'
import { openVerification, verificationMaxMs } from './app/verification.ts'
import type { AuditLog } from './audit/event.ts'
import { handleInvite } from './call/handle-invite.ts'
import { CallRegistry } from './call/registry.ts'
import type { Stages } from './call/stages.ts'
import { auditPaths } from './config/audit-paths.ts'
import type { Settings } from './config/load.ts'
import type { Alerts } from './domain/alert.ts'
import type { BanList } from './domain/ban-list.ts'
import type { KeyId } from './domain/key.ts'
import type { VerificationService } from './domain/verification.ts'
import type { Engine } from './engine/start.ts'
import { type CertificateEnd, watchExpiry } from './identity/expiry-watch.ts'
import type { Signer } from './identity/signer.ts'
import { type Doubt, textOfDoubt } from './kernel/believed-clock.ts'
import { type Clock, sleep, systemClock } from './kernel/clock.ts'
import { Failure } from './kernel/failure.ts'
import { createLogger, type Logger } from './kernel/logger.ts'
import { type Random, systemRandom } from './kernel/random.ts'
import type { Secret } from './kernel/secret.ts'
import type { EngineConnection } from './sip/connection.ts'
import type { Store } from './store/port.ts'

/** The parts that a test or the demo may stand before. */
export interface Parts {
  readonly store: Store
  readonly audit: AuditLog
  readonly signer: Signer
  readonly verifier: VerificationService
}

/** What a gate takes from around it; each has a default. */
export interface GateDeps {
  readonly clock?: Clock
  readonly random?: Random
  readonly logger?: Logger
  /** Reads the settings again, for a reload; without it what the start was given stays. */
  readonly readFile?: () => Settings
  /** Hands back the parts that the gate shall use instead. */
  readonly wrap?: (parts: Parts) => Parts
}

/** A running gate. Disposing of it ends what still runs. */
export interface Gate extends AsyncDisposable {
  readonly listening: readonly Listening[]
  /** The keys minted at this start, by their id in the settings; nothing else has them. */
  readonly keys: ReadonlyMap<string, Secret>
  readonly certificateUrl: string
  /** Of the HTTP API; undefined where there is none. */
  readonly apiUrl: string | undefined
  /** When the certificates in use end: those that sign, and those of TLS. */
  certificates(): readonly CertificateEnd[]
  /** Calls in progress. */
  readonly running: number
  /** The engine in its thread; undefined where a drachtio-server is used. */
  readonly embeddedEngine: Engine | undefined
  /** Whom the engine drops unread; undefined where a drachtio-server is used. */
  readonly bans: BanList | undefined
  /** Resolves when the gate can never again take a call: its embedded engine has ended by itself. */
  readonly failed: Promise<Failure>
  /**
   * Reads what the file declares, certificates, lists and tables of law again, all of them before one is
   * used, and uses them from the next handshake and the next attempt on; no connection is dropped, and no
   * call but of who is taken out. Fails with `config_invalid`, and goes on with what it has, where one
   * can't be used.
   */
  reload(): Promise<Reloaded>
  /** Takes no further calls and resolves when those in progress have ended, or been ended. */
  drain(): Promise<void>
}

/** The BYE of the last call was just sent when a drain is over: its answer may take this long. */
const lastWordsMs = 500

/**
 * Starts a gate: all parts in the order in which one needs another. Where a part cannot be had, those
 * before it are closed again and the failure is thrown.
 */
export async function startGate(settings: Settings, deps: GateDeps = {}): Promise<Gate> {
  const { values } = settings
  await using stack = new AsyncDisposableStack()
  const { random = systemRandom(), logger = createLogger(values['log.level']) } = deps
  const doubts = new ClockDoubts(logger)
  const clock = doubts.held(deps.clock ?? systemClock())
  const house = { values, clock, random, logger, stack }

  const credentials = openCredentials(house)
  const books = await openBooks(house, settings, credentials)
  const { catalogue, minted } = books
  const tenants = () => catalogue.directory.tenants
  const metrics = openMetrics(house)
  const feed = new CallFeed(clock, random)
  const evidence = await openEvidence(house, tenants, auditOptions(house, metrics, doubts))
  const store = metrics.store(books.store)
  await learnCertificates(store, credentials, stack)
  const identity = await openIdentity(house, catalogue.directory.identities)
  const verifying = openVerification(house)
  const heard = (log: AuditLog) => feed.listening(metrics.log(log))
  const own = { store, signer: identity.signers, verifier: verifying.service }
  const parts = partsOf({ ...own, audit: evidence.log }, deps.wrap, heard)
  const rules = await openRules(house, catalogue.directory.lists, parts.store.permissions)
  const embedded = await startEmbeddedEngine(house)
  const engine = await reachEngine(house, embedded)
  const bans = await openBans(house, embedded?.engine.bans)
  const judging = { rules, credentials, metrics, catalogue }
  await writeConfigChanges(parts.audit, catalogue.settings, { ...auditPaths(values), logger })
  const served = openServedCertificates(values)
  const ends = () => [...identity.ends(), ...served.ends()]
  const judged = { ...parts, ...judging, bans, ends }
  const calls = await openCalls(house, judged, engine)
  doubts.tellTo(calls.alerts)

  const { registry } = calls
  const drainNow = () => drain(house, { registry, audit: parts.audit, engine })
  const around = { ...parts, ...calls, engine, version: ownVersion(), metrics: metrics.source }
  metrics.show({ ...around, ends, bans, tenants, embedded: embedded?.engine })
  const { promise: reloading, resolve: reloadBy } = Promise.withResolvers<() => Promise<Reloaded>>()
  const reload = async () => await (await reloading)()
  const doing = { credentials, feed, verifying, banList: bans, drain: drainNow, reload, catalogue }
  const api = await openApi(house, { ...around, ...doing, entries: catalogue.declared })

  const { retain } = evidence
  const opened = { ...parts, ...calls, catalogue, identity, verifying, rules, retain, served }
  const { readFile } = deps
  reloadBy(followAndReload(house, { ...opened, embedded: embedded?.engine, api, readFile }))
  const running = stack.move()
  return {
    apiUrl: api?.url,
    listening: engine.addresses.map(listeningFrom),
    keys: new Map(minted.map(({ name, text }) => [name, text])),
    get certificateUrl() {
      return identity.signers.certificateUrl
    },
    certificates: ends,
    get running() {
      return registry.size
    },
    embeddedEngine: embedded?.engine,
    bans,
    failed: new Promise((resolve) => {
      embedded?.engine.onExit((why) => resolve(new Failure('engine_lost', why)))
    }),
    reload,
    drain: drainNow,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** Counters and whoever follows calls hear of every event, whatever stands before the log. */
function partsOf(own: Parts, wrap: GateDeps['wrap'], heard: (log: AuditLog) => AuditLog): Parts {
  const parts = wrap?.(own) ?? own
  return { ...parts, audit: heard(parts.audit) }
}

interface Leaving {
  readonly audit: AuditLog
  readonly engine: EngineConnection
}

/** Takes no further calls, and waits for those in progress. */
async function drain(
  { values, clock }: House,
  { registry, audit, engine }: Pick<Calls, 'registry'> & Leaving,
): Promise<void> {
  // Others may serve an engine that stands apart: what comes until it lets go of us is still taken.
  if (values['engine.kind'] === 'drachtio') await engine.leave()
  const wereCalls = registry.size > 0
  // A log that cannot be written does not hold up the end of the calls.
  audit.append({ type: 'gate.draining', running: registry.size }).catch(() => undefined)
  await registry.drain(values['drain.deadlineMs'])
  if (wereCalls) await sleep(clock, lastWordsMs)
}

function auditOptions(
  { values, clock, random, logger }: House,
  { indexed }: Metrics,
  doubts: ClockDoubts,
) {
  return {
    onIndexed: indexed,
    onPostponed: (doubt: Doubt) => doubts.tell(clock, 'retention', textOfDoubt(doubt)),
    dir: values['audit.dir'],
    origin: values['audit.origin'],
    keyFile: values['audit.keyFile'],
    key: values['audit.key'],
    witnesses: values['audit.witnesses'],
    clock,
    random,
    logger,
  } satisfies Parameters<typeof openEvidence>[2]
}

/** What calls are judged by besides their policies, and who is not heard. */
interface Judging {
  readonly rules: Rules
  readonly credentials: CredentialParts
  readonly catalogue: Catalogue
  readonly bans: BanList | undefined
  /** When the certificates in use end. */
  ends(): readonly CertificateEnd[]
  readonly metrics: Metrics
}

interface Calls {
  readonly registry: CallRegistry
  /** Judges every further attempt by other rules; one that is being judged goes by those it has. */
  judgeBy(rules: Rules): void
  readonly guard: SourceGuard
  readonly explain: Judgement['explain']
  readonly rateOf: Judgement['rateOf']
  readonly law: Judgement['law']
  readonly alerts: Alerts
}

function admissionSettings(values: House['values']) {
  return {
    leaseMs: values['limits.leaseMs'],
    storeTimeoutMs: values['limits.storeTimeoutMs'],
    budgetSliceS: values['limits.budgetSliceS'],
  }
}

function relaySettings(values: House['values']): Stages['relay'] {
  return {
    transfers: values['relay.transfers'],
    blindNoAnswerTimeoutMs: values['relay.blindNoAnswerTimeoutMs'],
    sessionExpiresS: values['relay.sessionExpiresS'],
  }
}

/** Who may register for a trunk, and where those are who have. */
function openTrunks(
  { values, clock, random, logger }: House,
  { store, audit, credentials, catalogue }: Parts & Judging,
  guard: SourceGuard,
) {
  return openRegistrations({
    store,
    credentials,
    guard,
    audit,
    clock,
    random,
    logger,
    refusals: catalogue.refusals,
    settings: admissionSettings(values),
    trunks: () => catalogue.directory.trunks,
    carriers: () => catalogue.directory.carriers,
  })
}

/** Opens for calls; closing again ends those in progress. */
async function openCalls(
  house: House,
  parts: Parts & Judging,
  engine: EngineConnection,
): Promise<Calls> {
  const { store, audit, signer, verifier, bans, rules, credentials, catalogue } = parts
  const { values, clock, random, logger, stack } = house
  const { directory, limiter, keys } = store
  const { alerts, log } = openAlerts(house, audit, store.board)
  stack.use(watchKeyExpiry({ clock, alerts, keys: () => store.keys.allKeys() }))
  stack.use(watchExpiry({ clock, alerts, ends: parts.ends }))
  const admission = admissionSettings(values)
  const { leaseMs } = admission
  const callsMax = values['limits.callsMax']
  const registry = stack.use(new CallRegistry({ clock, logger, limiter, leaseMs, callsMax }))
  const breakers = stack.use(new Breakers({ clock, alerts, board: store.board }))
  const judging = { directory, limiter, clock, credentials, breakers, alerts, verifier }
  const noteUse = (id: KeyId, atMs: number) => keys.noteUse(id, atMs)
  const { admit, explain, rateOf, law, judgeBy } = openAdmission(
    { ...judging, settings: admission, noteUse },
    rules,
  )
  const guard = openGuard({ values, clock, alerts, bans, declared: () => catalogue.directory })
  const registrations = openTrunks(house, parts, guard)
  const stages: Stages = {
    registry,
    guard,
    admit: parts.metrics.admit(
      admitInboundToo(admit, {
        ...admission,
        clock,
        store,
        credentials,
        verifier,
        verificationMaxMs: verificationMaxMs(values),
      }),
    ),
    revoked: (grant) => revokedSince(store, grant),
    outcome: (grant, { durationMs }) => {
      for (const [owner, terms] of breakersOf(grant)) breakers.ended(owner, durationMs, terms)
    },
    limits: { limiter, ...admission, rateOf, periodsOf: createPeriods() },
    refusals: catalogue.refusals,
    audit: log,
    sign: (statement) => signer.sign(statement),
    carriers: () => directory.carriers(),
    registered: registrations.registered,
    engine,
    relay: relaySettings(values),
    clock,
    random,
    logger,
  }
  await audit.append({ type: 'gate.started', version: ownVersion(), engine: engine.version })
  stack.defer(() => audit.append({ type: 'gate.stopped', cause: 'closed' }))
  stack.use(endRevokedCalls(store, registry, logger))
  stack.defer(() => registry.drain(0))
  await engine.serve({
    onInvite: (call) => void handleInvite(stages, call),
    get onRegister() {
      return registrations.onRegister
    },
    accepting: () => registry.accepting,
    meet: (sender) => guard.meet(sender),
    keyHeader: values.keyHeader,
  })
  return { registry, judgeBy, guard, explain, rateOf, law, alerts }
}

function ownVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return String(JSON.parse(text).version)
}
