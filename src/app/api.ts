import type { Server as SecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { askStore, type StorePatience } from '../admission/ask-store.ts'
import type { CredentialParts } from '../admission/credential-parts.ts'
import { createPeriods } from '../admission/periods.ts'
import { type Asked, questionOf } from '../admission/question.ts'
import type { SourceGuard } from '../admission/source-guard.ts'
import { createAuthenticate } from '../api/authenticate.ts'
import type { CallFeed } from '../api/call-feed.ts'
import { Idempotency } from '../api/idempotency.ts'
import { createRate } from '../api/rate.ts'
import type { ExplainParts } from '../api/routes/explain.ts'
import type { Readiness } from '../api/routes/health.ts'
import { type Household, routesOf } from '../api/routes.ts'
import { createApi } from '../api/server.ts'
import type { AuditLog } from '../audit/event.ts'
import { type ExplainedCall, explainCall } from '../call/explain-call.ts'
import type { RoomView } from '../call/explained-rooms.ts'
import type { CallRegistry } from '../call/registry.ts'
import { readApiTls } from '../config/api-settings.ts'
import { auditPaths } from '../config/audit-paths.ts'
import type { DeclaredDirectory } from '../config/directory.ts'
import { listeningAt } from '../config/listening.ts'
import type { SettingValues } from '../config/settings.ts'
import type { BanList } from '../domain/ban-list.ts'
import type { Evidence } from '../evidence/format.ts'
import { type CallPlace, makeEvidence } from '../evidence/make.ts'
import type { ServerCertificate } from '../kernel/bounded-http-server.ts'
import { readMasterKey } from '../keys/master-key.ts'
import { openRecordSearch } from '../records/search-thread.ts'
import type { SearchSettings } from '../records/searching.ts'
import { KeyFile } from '../sealing/key-file.ts'
import { EventOpener } from '../sealing/open-events.ts'
import type { EngineConnection } from '../sip/connection.ts'
import type { Store } from '../store/port.ts'
import type { Reloaded } from './changes.ts'
import type { House } from './house.ts'
import { inboundExplaining } from './inbound.ts'
import type { Judgement } from './rules.ts'
import { type Verifying, verificationMaxMs } from './verification.ts'

/** What the API is opened with: the parts of the gate that it shows and changes. */
export interface ApiOpening
  extends Pick<Household, 'audit' | 'version' | 'metrics' | 'entries' | 'law'> {
  readonly store: Store
  readonly audit: AuditLog
  readonly credentials: CredentialParts
  readonly engine: Pick<EngineConnection, 'ready'>
  readonly registry: CallRegistry
  /** What is declared, as it now counts. */
  readonly catalogue: { readonly directory: Pick<DeclaredDirectory, 'operators'> } & Pick<
    DeclaredDirectory,
    'refusals'
  >
  readonly explain: Judgement['explain']
  readonly rateOf: Judgement['rateOf']
  /** Whom explained calls of carriers are verified by. */
  readonly verifying: Pick<Verifying, 'explaining'>
  readonly feed: CallFeed
  readonly guard: SourceGuard
  /** Undefined where the engine keeps no list that we can reach. */
  readonly banList: BanList | undefined
  drain(): Promise<void>
  reload(): Promise<Reloaded>
}

/** The API, listening. */
export interface OpenApi {
  readonly url: string
  /** Reads the files of its certificate again; undefined where it speaks in the clear. */
  readTls(): ServerCertificate | undefined
  useTls(tls: ServerCertificate): void
}

function searchSettings(values: SettingValues): SearchSettings {
  const { dir: auditDir, ...paths } = auditPaths(values)
  return { auditDir, ...paths, masterKey: values['credentials.masterKey']?.reveal() }
}

/** Keys of personal data are opened when the first evidence is asked for. */
function evidenceIn({ values, random, stack }: House): (place: CallPlace) => Promise<Evidence> {
  const { dir, keysPath: path } = auditPaths(values)
  const text = values['credentials.masterKey']
  const masterKey = text && readMasterKey(text)
  // The stack itself is handed on once the gate has started.
  const opened = stack.use(new DisposableStack())
  let opener: EventOpener | undefined
  return async (place) => {
    opener ??= new EventOpener(opened.use(new KeyFile({ path, masterKey, random })))
    opener.refresh()
    return await makeEvidence(dir, { callId: place.callId, place, opener })
  }
}

function explaining(
  { values, clock, random }: House,
  { store, explain, catalogue, rateOf }: ApiOpening,
): (asked: Asked) => Promise<ExplainedCall> {
  const view: RoomView = {
    limiter: store.limiter,
    clock,
    rateOf,
    periodsOf: createPeriods(),
    storeTimeoutMs: values['limits.storeTimeoutMs'],
    budgetSliceS: values['limits.budgetSliceS'],
  }
  return async (asked) =>
    await explainCall({
      explained: await explain(questionOf(asked, clock.now())),
      carriers: await store.directory.carriers(),
      view,
      random,
      refusals: catalogue.refusals,
    })
}

function explainingInbound(
  { values, clock, random }: House,
  { store, verifying: { explaining: verifier }, catalogue }: ApiOpening,
): ExplainParts['explainInbound'] {
  const { directory, limiter, board } = store
  return inboundExplaining({
    directory,
    limiter,
    board,
    verifier,
    clock,
    random,
    refusals: catalogue.refusals,
    storeTimeoutMs: values['limits.storeTimeoutMs'],
    leaseMs: values['limits.leaseMs'],
    budgetSliceS: values['limits.budgetSliceS'],
    verificationMaxMs: verificationMaxMs(values),
  })
}

/** Nobody's limit, to ask the store for. */
const nobody = { level: 'tenant', id: '/ready' } as const

function readinessOf(
  { engine, audit, registry, store }: ApiOpening,
  patience: StorePatience,
): Readiness {
  return {
    engine: () => engine.ready,
    audit: () => audit.isWritable,
    accepting: () => registry.accepting,
    store: async () => (await askStore(patience, () => store.limiter.running(nobody, nobody))) >= 0,
  }
}

/** Opens the HTTP API where the settings want one, until the stack is closed. */
export async function openApi(around: House, opening: ApiOpening): Promise<OpenApi | undefined> {
  const { values, clock, random, logger, stack } = around
  const listen = values['api.listen']
  if (!listen) return undefined
  const { store, guard, catalogue, audit, registry, credentials } = opening
  const patience = { clock, storeTimeoutMs: values['limits.storeTimeoutMs'] }
  const tls = readApiTls(values)
  const operators = () => catalogue.directory.operators
  const app = createApi(
    {
      guard,
      audit,
      clock,
      random,
      logger,
      tls,
      idempotency: new Idempotency(store.board, clock),
      authenticate: createAuthenticate({
        ...patience,
        guard,
        directory: store.directory,
        operators,
        noteUse: (id, atMs) => store.keys.noteUse(id, atMs),
      }),
      rate: createRate({
        ...patience,
        limiter: store.limiter,
        requestsPerSecondMax: values['api.requestsPerSecondMax'],
      }),
    },
    routesOf({
      ...opening,
      operators,
      clock,
      random,
      calls: registry,
      digest: credentials.digest,
      tokens: credentials.tokens,
      periodsOf: createPeriods(),
      records: stack.use(openRecordSearch(searchSettings(values), clock)),
      auditDir: values['audit.dir'],
      evidenceOf: evidenceIn(around),
      explain: explaining(around, opening),
      explainInbound: explainingInbound(around, opening),
      readiness: readinessOf(opening, patience),
      bans: { engine: opening.banList, guard },
      reload: () => opening.reload(),
      draining: { drain: () => opening.drain(), running: () => registry.size },
    }),
  )
  stack.defer(() => app.close())
  const { address: host, port, protocol } = listen
  const authority = host.includes(':') ? `[${host}]` : host
  const where = { where: `${authority}:${port}`, setting: 'api.listen' }
  await listeningAt(where, () => app.listen({ host, port }))
  const bound = app.server.address() as AddressInfo
  return {
    url: `${protocol}://${authority}:${bound.port}`,
    readTls: () => readApiTls(values),
    useTls: ({ certificate: cert, key }) => {
      const server = app.server as unknown as SecureServer
      if ('setSecureContext' in server) server.setSecureContext({ cert, key })
    },
  }
}
