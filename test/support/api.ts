import { createExplain } from '../../src/admission/explain.ts'
import { createPeriods } from '../../src/admission/periods.ts'
import { questionOf } from '../../src/admission/question.ts'
import { SourceGuard } from '../../src/admission/source-guard.ts'
import { createAuthenticate } from '../../src/api/authenticate.ts'
import { CallFeed } from '../../src/api/call-feed.ts'
import { Idempotency } from '../../src/api/idempotency.ts'
import { createRate } from '../../src/api/rate.ts'
import { routesOf } from '../../src/api/routes.ts'
import { createApi } from '../../src/api/server.ts'
import { inboundExplaining } from '../../src/app/inbound.ts'
import type { ApiUsed, AuditEvent } from '../../src/audit/event.ts'
import { explainCall } from '../../src/call/explain-call.ts'
import { loadCompliance } from '../../src/config/compliance.ts'
import { readSettings, type Settings } from '../../src/config/load.ts'
import { openDeclared } from '../../src/declared/declared.ts'
import type { CallId } from '../../src/domain/attempt.ts'
import type { KeyId } from '../../src/domain/key.ts'
import { type Scope, scopes } from '../../src/domain/policy.ts'
import { makeEvidence } from '../../src/evidence/make.ts'
import { createCallTokens } from '../../src/identity/call-tokens.ts'
import { noVerification } from '../../src/identity/no-verification.ts'
import { Failure } from '../../src/kernel/failure.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { type Random, systemRandom } from '../../src/kernel/random.ts'
import { type MintedKey, mintKey } from '../../src/keys/format.ts'
import type { RecordSearch } from '../../src/records/search-thread.ts'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/port.ts'
import { names, temporaryDirectory, writeLog } from '../audit/support.ts'
import { answeredCall, recordsOffice, refusedCall } from '../records/support.ts'
import { FakeClock } from './fake-clock.ts'
import { logOf } from './log-of.ts'

/** Keys of the tests, each with what it is there to show; `policy` is the name of its only scope. */
const keyTable = {
  ...Object.fromEntries(scopes.map((scope) => [scope, { tenant: 'acme', policy: nameOf(scope) }])),
  admin: { tenant: 'acme', policy: 'everything' },
  stranger: { tenant: 'other', policy: 'everything' },
  suspended: { tenant: 'acme', policy: 'everything', status: 'suspended' },
  revoked: { tenant: 'acme', policy: 'everything', status: 'revoked' },
  expired: { tenant: 'acme', policy: 'everything', expiresAt: '2020-01-01T00:00:00Z' },
  elsewhere: { tenant: 'acme', policy: 'everything', allowedSources: ['10.99.0.0/16'] },
  orphan: { tenant: 'closed', policy: 'everything' },
  tester: { tenant: 'acme', policy: 'everything', mode: 'test' },
  // What others do something with; it asks nothing itself.
  subject: { tenant: 'acme', policy: 'logs-read' },
} as const satisfies Record<string, object>

const operatorTable = {
  operator: {},
  operatorElsewhere: { allowedSources: ['10.99.0.0/16'] },
  operatorSuspended: { status: 'suspended' },
  operatorExpired: { expiresAt: '2020-01-01T00:00:00Z' },
} as const

export type ApiKeyName = keyof typeof keyTable | keyof typeof operatorTable | Scope

function nameOf(scope: Scope): string {
  return scope.replace(':', '-')
}

const acmeLimits = {
  concurrentMax: 10,
  budget: { currency: 'USD', perDayMicros: 5_000_000 },
}
const home = { regions: ['US'], homeRegion: 'US', foreignCallerId: 'attest_b' }

/** Settings with a key for every case, and those keys. */
function apiSettings(random: Random = systemRandom()) {
  const minted = new Map<string, MintedKey>()
  const entry = (name: string, row: object) => {
    const key = mintKey(random, 'mode' in row ? 'test' : 'live')
    minted.set(name, key)
    const secretHash = `sha256:${key.secretHash.toString('hex')}`
    return { id: key.id, secretHash, allowedSources: ['127.0.0.0/8'], ...row }
  }
  const declared = {
    rateDecks: [{ id: 'usual', file: 'config/demo/rates.csv' }],
    tenants: [
      { id: 'acme', rateDeck: 'usual', limits: acmeLimits },
      { id: 'other' },
      { id: 'idle' },
      { id: 'closed', status: 'suspended' },
    ],
    policies: [
      ...scopes.map((scope) => ({ id: nameOf(scope), ...home, scopes: [scope] })),
      { id: 'everything', ...home, scopes },
    ],
    keys: Object.entries(keyTable).map(([name, row]) => {
      return { mode: 'live', ...row, ...entry(name, row) }
    }),
    operators: Object.entries(operatorTable).map(([name, row]) => entry(name, row)),
    numbers: [{ number: '+12125550150', tenant: 'acme' }],
    carriers: [
      {
        id: 'primary',
        gateways: [{ id: 'primary-a', host: '203.0.113.10' }],
        inbound: { sources: ['203.0.113.0/24'], homeRegion: 'US' },
      },
      { id: 'outward', gateways: [{ id: 'outward-a', host: '203.0.113.20' }] },
    ],
    trunks: [
      {
        id: 'pbx',
        tenant: 'acme',
        policy: 'calls-receive',
        numbers: ['+1212'],
        targets: [{ id: 'pbx-1', host: 'pbx1.example.com' }],
      },
    ],
  }
  const result = readSettings({ text: JSON.stringify(declared), environment: {} })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return { settings: result.settings, keys: minted as ReadonlyMap<ApiKeyName, MintedKey> }
}

/** What an answer of the API was. */
export interface Heard {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for
  readonly json: any
}

export interface AskOptions {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly from?: string
}

type OpenStore = (settings: Settings, clock: FakeClock, random: Random) => Promise<Store>

export interface StartOptions {
  /** A store in memory unless given. */
  readonly openStore?: OpenStore | undefined
}

/** An API without sockets over a store in memory, a clock that stands still, and what it wrote down. */
export async function startApi({ openStore: open = openStoreFor }: StartOptions = {}) {
  const clock = new FakeClock()
  const random = systemRandom()
  const { settings, keys } = apiSettings(random)
  await using stack = new AsyncDisposableStack()
  const store = stack.use(await open(settings, clock, random))
  const events: AuditEvent[] = []
  const faults = { audit: false, store: false, file: false, gone: new Set<string>() }
  /** What waits for `until` to be on record, and how much of it there was. */
  const recording = { until: Promise.resolve(), asked: 0 }
  const operators = () => settings.directory.operators.filter(({ id }) => !faults.gone.has(id))
  const feed = new CallFeed(clock, random)
  const auditDir = await temporaryLog(stack)
  const audit = feed.listening(
    logOf(async (event) => {
      recording.asked++
      await recording.until
      if (faults.audit) throw new Error('the disk is full')
      events.push(event)
    }),
  )
  const bans: string[] = []
  const guard = guardOf(clock, bans)
  const patience = { clock, storeTimeoutMs: 2_000 }
  const tokens = createCallTokens({ key: random.bytes(32), clock })
  const records = recordsOf(stack)
  const explain = createExplain({
    directory: store.directory,
    limiter: store.limiter,
    clock,
    rateOf: () => undefined,
    settings: { storeTimeoutMs: 2_000, leaseMs: 24_000, budgetSliceS: 60 },
  })
  const law = loadCompliance('config/compliance')
  const running = new Map<string, { tenantId: string; isEmergency: boolean }>()
  const drained: string[] = []
  const idOf = (name: ApiKeyName) => keys.get(name)?.id ?? ''
  const routes = routesOf({
    calls: {
      list: () =>
        [...running].map(([id, { tenantId, isEmergency }]) => {
          const holder = { keyId: undefined, tenantId }
          return { id: id as CallId, sinceMs: clock.now(), holder, isEmergency }
        }),
      end: (id) => running.delete(id),
    },
    bans: { engine: undefined, guard },
    records,
    periodsOf: createPeriods(),
    entries: openDeclared({ settings, store, clock }),
    tokens,
    feed,
    auditDir,
    law: () => law,
    operators,
    evidenceOf: (place) => makeEvidence(auditDir, { callId: place.callId }),
    explain: async (asked) =>
      await explainCall({
        explained: await explain(questionOf(asked, clock.now())),
        carriers: [],
        random,
        refusals: settings.directory.refusals,
        view: {
          limiter: store.limiter,
          clock,
          rateOf: () => undefined,
          storeTimeoutMs: 2_000,
          budgetSliceS: 60,
          periodsOf: createPeriods(),
        },
      }),
    explainInbound: inboundExplaining({
      directory: store.directory,
      limiter: store.limiter,
      board: store.board,
      clock,
      random,
      storeTimeoutMs: 2_000,
      leaseMs: 24_000,
      budgetSliceS: 60,
      verificationMaxMs: 2_000,
      verifier: noVerification,
      refusals: settings.directory.refusals,
    }),
    reload: async () => {
      if (faults.file) throw new Failure('config_invalid', 'policies[0].regions: is missing')
      const strandedKeys = [{ keyId: idOf('subject'), reason: 'no tenant is called "gone"' }]
      return { atNextStart: ['log.level'], strandedKeys }
    },
    draining: { drain: async () => void drained.push('now'), running: () => running.size },
    store,
    audit,
    clock,
    random,
    digest: undefined,
    version: '0.0.0',
    metrics: { access: 'operator', text: async () => '# HELP tollgate_bans\n' },
    readiness: {
      engine: () => true,
      audit: () => !faults.audit,
      accepting: () => true,
      store: async () => !faults.store,
    },
  })
  const app = createApi(
    {
      guard,
      audit,
      clock,
      random,
      logger: silentLogger,
      tls: undefined,
      idempotency: new Idempotency(store.board, clock),
      authenticate: createAuthenticate({
        ...patience,
        guard,
        operators,
        directory: {
          findKey: async (id: KeyId) => {
            if (faults.store) throw new Error('the store is lost')
            return store.directory.findKey(id)
          },
          findTenant: (id) => store.directory.findTenant(id),
          findPolicy: (id) => store.directory.findPolicy(id),
        },
        noteUse: (id, atMs) => store.keys.noteUse(id, atMs),
      }),
      rate: createRate({ ...patience, limiter: store.limiter, requestsPerSecondMax: 100 }),
    },
    routes,
  )
  stack.defer(() => app.close())
  const opened = stack.move()
  const textOf = (name: ApiKeyName) => keys.get(name)?.text.reveal() ?? ''

  async function ask(
    name: ApiKeyName | undefined,
    operation: string,
    { body, headers = {}, from = '127.0.0.1' }: AskOptions = {},
  ): Promise<Heard> {
    const [method = 'GET', url = '/'] = operation.split(' ')
    const answer = await app.inject({
      method: method as 'GET',
      url,
      remoteAddress: from,
      headers: {
        ...(name && { authorization: `Bearer ${textOf(name)}` }),
        ...(typeof body === 'object' && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { payload: body as string | object }),
    })
    const { statusCode: status, payload: text } = answer
    const isJson = /json/.test(String(answer.headers['content-type']))
    return { status, headers: answer.headers, text, json: isJson ? JSON.parse(text) : undefined }
  }

  return {
    app,
    routes,
    tokens,
    running,
    drained,
    clock,
    store,
    events,
    faults,
    recording,
    bans,
    keys,
    textOf,
    ask,
    audit,
    auditDir,
    idOf,
    used: () => events.filter((event): event is ApiUsed => event.type === 'api.used'),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** A log of some entries with a call in it, on the disk. */
async function temporaryLog(stack: AsyncDisposableStack): Promise<string> {
  const { path } = stack.use(temporaryDirectory())
  await writeLog(path, names(20))
  return path
}

/** Two calls of acme and one of another tenant, in an index of their own. */
function recordsOf(stack: AsyncDisposableStack): Pick<RecordSearch, 'search'> {
  const office = stack.use(recordsOffice())
  office.write(answeredCall('+12125550150', '+14155552671'))
  office.write(refusedCall('+12125550150', '+14155552672'))
  office.write(answeredCall('+12125550199', '+14155552671', { tenantId: 'other' }))
  const indexer = office.indexer()
  const ready = indexer.catchUp().then(() => office.records(indexer))
  return { search: async (query, page) => (await ready).search(query, page) }
}

function openStoreFor({ directory }: Settings, clock: FakeClock, random: Random) {
  const around = { clock, random, directory, logger: silentLogger }
  return openStore({ ...around, adapter: 'embedded', path: ':memory:' })
}

function guardOf(clock: FakeClock, bans: string[]): SourceGuard {
  const settings = { failuresMax: 10, windowMs: 60_000, banMs: 60_000, provenMs: 60_000 }
  return new SourceGuard({
    clock,
    silent: false,
    neverBanned: () => false,
    alerts: { raise: () => undefined },
    settings: { ...settings, delayMaxMs: 0, scanners: ['sipvicious'] },
    bans: { ban: (source) => void bans.push(source), unban: () => undefined, list: async () => [] },
  })
}
