import { Breakers } from '../../src/admission/breaker/breakers.ts'
import { breakersOf } from '../../src/admission/breaker/owners.ts'
import { createExplain, type Explained } from '../../src/admission/explain.ts'
import { createPeriods } from '../../src/admission/periods.ts'
import { createAdmission } from '../../src/admission/pipeline.ts'
import type { Rules } from '../../src/admission/rules.ts'
import { learnCertificates, openCredentials } from '../../src/app/credentials.ts'
import { openGuard } from '../../src/app/guard.ts'
import { admitInboundToo } from '../../src/app/inbound.ts'
import { revokedSince } from '../../src/app/revocation.ts'
import { ratesIn } from '../../src/app/rules.ts'
import type { AuditEvent } from '../../src/audit/event.ts'
import { isEmergencyGrant } from '../../src/call/emergency.ts'
import { handleInvite } from '../../src/call/handle-invite.ts'
import { CallRegistry } from '../../src/call/registry.ts'
import type { Stages } from '../../src/call/stages.ts'
import { wantsTls } from '../../src/call/way.ts'
import { readSettings, type Settings } from '../../src/config/load.ts'
import type { CallAttempt, CallId, Source } from '../../src/domain/attempt.ts'
import type { Admitted, Decision } from '../../src/domain/decision.ts'
import { costMicros } from '../../src/domain/money.ts'
import {
  type PassportFault,
  passportFaults,
  stirPhrases,
} from '../../src/domain/passport-faults.ts'
import type { VerificationService } from '../../src/domain/verification.ts'
import { Failure } from '../../src/kernel/failure.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { parseKey } from '../../src/keys/format.ts'
import type { InboundCall } from '../../src/sip/inbound-call.ts'
import type { Answer } from '../../src/sip/messages.ts'
import type { OutboundCall } from '../../src/sip/outbound-call.ts'
import { RawMessage } from '../../src/sip/raw-message.ts'
import { readAttempt } from '../../src/sip/raw-reader.ts'
import { openStore, type StoreOptions, storeOptions } from '../../src/store/open.ts'
import type { Limiter, Store } from '../../src/store/port.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { logOf } from '../support/log-of.ts'
import { base, type Given } from './table.ts'

const environment = { TOLLGATE_MASTER_KEY: '07'.repeat(32) }
const random = systemRandom()
const longWaitMs = 120_000
/** Shorter than the time between two renewals of leases. */
const renewedWithinMs = 5_000
const nobody = { level: 'tenant', id: 'nobody' } as const

/** What became of one INVITE: decided, and refused aloud or carried on. */
export interface Outcome {
  readonly decision: Decision | undefined
  readonly answer: Answer | undefined
  readonly event: AuditEvent | undefined
  /** Nothing was answered and nothing will be. */
  readonly isDropped: boolean
}

/** What calls are judged by; what callees have said stands in the row's store. */
export type RowRules = Omit<Rules, 'permissions'>

/** Opens the store of a row; the embedded one where left out. */
export type OpenRowStore = (options: StoreOptions) => Promise<Store>

/** What a call is, besides its message. */
export interface Arriving {
  readonly text: string
  readonly address: string
  readonly fingerprint?: string | undefined
}

interface Running {
  readonly decision: Admitted
  readonly end: (durationMs: number) => Promise<void>
}

export type NodeTrouble = 'draining' | 'store_lost' | 'audit_lost' | 'signer_lost'

/** The gate of one row: all of it but the sockets, on a clock that stands still. */
export class RowGate implements AsyncDisposable {
  readonly clock: FakeClock
  readonly store: Store
  readonly credentials: ReturnType<typeof openCredentials>
  readonly #stack: AsyncDisposableStack
  readonly #settings: Settings
  readonly #stages: Stages
  readonly #registry: CallRegistry
  readonly #breakers: Breakers
  readonly #trouble = new Set<NodeTrouble>()
  readonly #running: Running[] = []
  readonly #explain: ReturnType<typeof createExplain>
  readonly events: AuditEvent[] = []
  #serial = 0

  private constructor(parts: {
    readonly clock: FakeClock
    readonly settings: Settings
    readonly store: Store
    readonly rules: Rules
    readonly credentials: ReturnType<typeof openCredentials>
    readonly stack: AsyncDisposableStack
  }) {
    const { clock, settings, store, rules, credentials, stack } = parts
    this.clock = clock
    this.store = store
    this.credentials = credentials
    this.#settings = settings
    this.#stack = stack
    const { values } = settings
    const leaseMs = values['limits.leaseMs']
    const limiter = this.#limiter()
    this.#registry = stack.use(
      new CallRegistry({
        clock,
        limiter,
        leaseMs,
        logger: silentLogger,
        callsMax: values['limits.callsMax'],
      }),
    )
    const alerts = { raise: () => undefined }
    this.#breakers = stack.use(new Breakers({ clock, alerts, board: store.board }))
    this.#explain = createExplain({ ...this.#judging(rules), limiter, breakers: this.#breakers })
    this.#stages = this.#stagesOf(rules, limiter, credentials)
  }

  static async open(
    given: Given,
    rules: RowRules,
    open: OpenRowStore = openStore,
  ): Promise<RowGate> {
    await using stack = new AsyncDisposableStack()
    const clock = new FakeClock(Date.parse(given.at ?? base.at))
    const settings = settingsOf(given)
    const { values, directory } = settings
    const credentials = openCredentials({ values, clock, random })
    const keys = directory.keys.map((key) => {
      const text = Object.values(base.keys).find((one) => one.includes(key.id)) ?? ''
      return { ...key, digest: credentials.digest?.seal(key.id, text) }
    })
    const around = { clock, random, logger: silentLogger, directory: { ...directory, keys } }
    const store = stack.use(await open(storeOptions(values, around)))
    await learnCertificates(store, credentials, stack)
    const judging = { ...rules, permissions: store.permissions }
    const parts = { clock, settings, store, rules: judging, credentials, stack: stack.move() }
    return new RowGate(parts)
  }

  /** Sends an INVITE; resolves once it is refused or would be carried. */
  async call(arriving: Arriving): Promise<Outcome> {
    const message = new RawMessage(arriving.text)
    const attempt = this.#attemptOf(message, arriving)
    const { id } = attempt
    const { promise: refused, resolve: refuse } = Promise.withResolvers<Answer>()
    const { promise: carried, resolve: carry } = Promise.withResolvers<undefined>()
    const { promise: dropped, resolve: drop } = Promise.withResolvers<'dropped'>()
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    const inbound = {
      attempt,
      message,
      abandonment: undefined as unknown,
      refuse,
      drop: () => drop('dropped'),
      onAbandoned: () => undefined,
      onEarlyRequest: () => undefined,
    }
    let decision: Decision | undefined
    let durationMs = 0
    const hold = async () => {
      if (!decision?.admitted || (await this.#isHopeless(decision, attempt))) return
      this.#running.push({
        decision,
        end: async (lastedMs) => {
          durationMs = lastedMs
          inbound.abandonment = { cause: 'cancelled', reasons: [] }
          end()
          await handled
        },
      })
      carry(undefined)
      await ended
    }
    const stages: Stages = {
      ...this.#stages,
      admit: async (arrived) => {
        decision = await this.#stages.admit(arrived)
        return decision
      },
      revoked: async (grant) => {
        const cause = await this.#stages.revoked(grant)
        await hold()
        return cause
      },
      // An emergency call is not asked whether its key was revoked; nor a call that answers one.
      carriers: async () => {
        if (!inbound.abandonment) await hold()
        return await this.#stages.carriers()
      },
      engine: { ...this.#stages.engine, dial: () => silentUntil(hold()) },
      outcome: (grant, over) => this.#stages.outcome(grant, { ...over, durationMs }),
    }
    const handled = handleInvite(stages, inbound as unknown as InboundCall)
    const heard = await Promise.race([refused, carried, dropped])
    if (heard) await handled
    const event = this.events.find((one) => one.type === 'call.decided' && one.callId === id)
    const isDropped = heard === 'dropped'
    return { decision, answer: isDropped ? undefined : heard, event, isDropped }
  }

  /** What explaining the call says, over the same store, breakers and rules. */
  async explain({ text, address, fingerprint }: Arriving): Promise<Explained | undefined> {
    const attempt = this.#attemptOf(new RawMessage(text), { text, address, fingerprint })
    const key = parseKey(attempt.presentedKeys[0]?.reveal() ?? '')
    if (!key) return undefined
    return await this.#explain({ keyId: key.publicId, attempt, hasSource: true })
  }

  /** Ends running calls, the oldest first; each was answered and lasted so long. */
  async end(count: number, durationMs: number): Promise<void> {
    for (const { decision, end } of this.#running.splice(0, count)) {
      const { rate } = decision.grant
      const cost = rate && durationMs > 0 ? costMicros(rate, durationMs) : 0
      await this.store.limiter.release(decision.leases, cost)
      await end(durationMs)
    }
  }

  /** Lets time pass. */
  async wait(ms: number): Promise<void> {
    if (ms > longWaitMs) return this.clock.jump(ms)
    for (let left = ms; left > 0; left -= renewedWithinMs) {
      await this.clock.advanceAsync(Math.min(left, renewedWithinMs))
      // Whatever was asked of the store before this is answered before it.
      await this.store.limiter.running(nobody, nobody)
    }
  }

  /** From now on something of ours is not there. */
  break(trouble: NodeTrouble): void {
    this.#trouble.add(trouble)
    if (trouble === 'draining') void this.#registry.drain(longWaitMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end(this.#running.length, 0)
    await this.#stack.disposeAsync()
  }

  #attemptOf(message: RawMessage, arriving: Arriving): CallAttempt {
    return readAttempt(message, {
      id: `call-${++this.#serial}` as CallId,
      receivedAtMs: this.clock.now(),
      source: sourceOf(arriving),
      keyHeader: this.#settings.values.keyHeader.toLowerCase(),
    })
  }

  #limiter(): Limiter {
    const { limiter } = this.store
    const failing = () => {
      if (this.#trouble.has('store_lost')) throw new Failure('store_unavailable', 'lost')
    }
    return {
      take: async (request) => {
        failing()
        return await limiter.take(request)
      },
      peek: async (request) => {
        failing()
        return await limiter.peek(request)
      },
      renew: (leases, leaseMs) => limiter.renew(leases, leaseMs),
      extend: (leases, addMicros) => limiter.extend(leases, addMicros),
      release: (leases, costMicros) => limiter.release(leases, costMicros),
      running: (home, owner) => limiter.running(home, owner),
      spentMicros: (home, budget) => limiter.spentMicros(home, budget),
    }
  }

  #guard(): Stages['guard'] {
    const { values, directory } = this.#settings
    const declared = () => directory
    const alerts = { raise: () => undefined }
    return openGuard({ values, clock: this.clock, alerts, bans: undefined, declared })
  }

  /** What both admission and explaining judge by. */
  #judging(rules: Rules) {
    const { values } = this.#settings
    const settings = {
      leaseMs: values['limits.leaseMs'],
      storeTimeoutMs: values['limits.storeTimeoutMs'],
      budgetSliceS: values['limits.budgetSliceS'],
    }
    const { clock, store } = this
    const rateOf = ratesIn(rules.lists)
    return { directory: store.directory, clock, rules, settings, rateOf }
  }

  #stagesOf(rules: Rules, limiter: Limiter, credentials: RowGate['credentials']): Stages {
    const { clock, store } = this
    const judging = this.#judging(rules)
    const admit = createAdmission({
      ...judging,
      limiter,
      credentials,
      breakers: this.#breakers,
      alerts: { raise: () => undefined },
    })
    return {
      registry: this.#registry,
      clock,
      random,
      logger: silentLogger,
      limits: { limiter, ...judging.settings, rateOf: judging.rateOf, periodsOf: createPeriods() },
      refusals: this.#settings.directory.refusals,
      guard: this.#guard(),
      admit: admitInboundToo(admit, {
        ...judging.settings,
        clock,
        store: { ...store, limiter },
        credentials,
        verifier: namedFaults,
        verificationMaxMs: 3_000,
      }),
      revoked: (grant) => revokedSince(store, grant),
      outcome: (grant, { durationMs }) => {
        for (const [owner, terms] of breakersOf(grant)) {
          this.#breakers.ended(owner, durationMs, terms)
        }
      },
      audit: logOf(async (event) => {
        if (this.#trouble.has('audit_lost')) throw new Error('the disk is full')
        this.events.push(event)
      }),
      sign: async () => {
        if (this.#trouble.has('signer_lost')) throw new Error('the key is gone')
        return { identities: ['header.payload.signature'] }
      },
      carriers: () => store.directory.carriers(),
      registered: async () => [],
      engine: { addresses: ['udp/198.51.100.1:5060'] } as unknown as Stages['engine'],
      relay: { transfers: 'relay', blindNoAnswerTimeoutMs: 0, sessionExpiresS: 1800 },
    }
  }

  /** Whether an admitted call cannot be carried and goes on to its refusal. */
  async #isHopeless({ grant }: Admitted, attempt: CallAttempt): Promise<boolean> {
    // It is dialled while it is written down, and ended where that fails.
    if (this.#trouble.has('audit_lost') && !isEmergencyGrant(grant)) return true
    if (grant.direction === 'inbound' || grant.key.mode === 'test') return false
    const carriers = await this.store.directory.carriers()
    const isUnsigned = this.#trouble.has('signer_lost') && 'e164' in grant.called
    // No gateway of the tables has TLS.
    const isInsecure = wantsTls(attempt) && 'e164' in grant.called
    return isUnsigned || isInsecure || !carriers.some(({ enabled }) => enabled)
  }
}

/** An INVITE of ours that comes to nothing when the call ends. */
function silentUntil(ended: Promise<void>): OutboundCall {
  const outcome = ended.then(() => ({ kind: 'cancelled' }) as const)
  return { outcome, cancel: () => undefined, request: () => undefined }
}

/** What is found about a caller stands in the Identity header: a fault by its name, or that it is valid. */
const namedFaults: VerificationService = {
  verify: async ({ identityHeaders: [said = 'identity_missing'] }) => {
    if (said === 'valid')
      return { verstat: 'TN-Validation-Passed', attestation: 'A', passports: [] }
    const fault = said as PassportFault
    const { status } = passportFaults[fault]
    const verstat = status === 428 ? 'No-TN-Validation' : 'TN-Validation-Failed'
    return { verstat, passports: [], failure: { status, phrase: stirPhrases[status], fault } }
  },
}

function sourceOf({ address, fingerprint }: Arriving): Source {
  const source = { address, port: 5060, protocol: 'udp' }
  if (fingerprint === undefined) return source
  return { ...source, certificate: { fingerprint256: fingerprint, verifiedName: undefined } }
}

type Entry = Readonly<Record<string, unknown>>

/** The settings of the base with what the row has put over the first tenant, policy and key. */
function settingsOf({ settings = {}, tenant, policy, key, carriers }: Given): Settings {
  const config: Record<string, unknown> = { ...base.config }
  for (const [name, value] of Object.entries(settings)) {
    config[name] = isEntry(value) ? { ...(config[name] as Entry), ...value } : value
  }
  config.tenants = overFirst(config.tenants, tenant)
  config.policies = overFirst(config.policies, policy)
  config.keys = overFirst(config.keys, key)
  if (carriers) config.carriers = carriers
  const result = readSettings({ text: JSON.stringify(config), environment })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.settings
}

function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function overFirst(entries: unknown, change: Entry | undefined): Entry[] {
  return (entries as Entry[]).map((entry, at) => {
    const all = Object.entries({ ...entry, ...(at === 0 ? change : {}) })
    return Object.fromEntries(all.filter(([, value]) => value !== null))
  })
}
