import { Breakers } from '../../src/admission/breaker/breakers.ts'
import type { CredentialParts } from '../../src/admission/credential-parts.ts'
import { type Admit, createAdmission } from '../../src/admission/pipeline.ts'
import { noRules, type Rules } from '../../src/admission/rules.ts'
import type { Alerts } from '../../src/domain/alert.ts'
import type { CallAttempt, CallId } from '../../src/domain/attempt.ts'
import type { Key } from '../../src/domain/key.ts'
import { noLimits } from '../../src/domain/limits.ts'
import type { Rate } from '../../src/domain/money.ts'
import type { Policy, PolicyId } from '../../src/domain/policy.ts'
import type { Tenant, TenantId } from '../../src/domain/tenant.ts'
import type { VerificationService } from '../../src/domain/verification.ts'
import type { Clock } from '../../src/kernel/clock.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { Secret } from '../../src/kernel/secret.ts'
import { mintKey } from '../../src/keys/format.ts'
import type { DirectoryEntries } from '../../src/store/directory.ts'
import { openEmbeddedStore } from '../../src/store/embedded/store.ts'
import type { Directory, Limiter, Store } from '../../src/store/port.ts'
import { FakeClock } from '../support/fake-clock.ts'

export { noLimits }

const minted = mintKey(systemRandom(), 'live')

/** The public id of that key. */
export const keyId = minted.id

/** The text of the key that every attempt presents unless told otherwise. */
export const keyText = minted.text.reveal()

export interface World {
  readonly tenant?: Partial<Tenant>
  readonly policy?: Partial<Policy>
  readonly key?: Partial<Key>
  readonly directory?: Partial<Directory>
  readonly limiter?: Partial<Limiter>
  /** None where left out; or none but what the store has on record. */
  readonly rules?: Rules | 'of the store'
  /** Wall time; that of the fake clock where left out. */
  readonly nowMs?: number
  /** What every number costs. */
  readonly rate?: Rate
  /** Whether breakers are kept. */
  readonly breakers?: true
  /** What finds callers true or false. */
  readonly verifier?: VerificationService
  /** Who is told of alerts. */
  readonly alerts?: Alerts
  /** Which credentials count; keys in the header where left out. */
  readonly credentials?: (clock: Clock) => CredentialParts
}

const tenant: Tenant = {
  id: 'acme' as TenantId,
  name: 'Acme',
  status: 'active',
  numbers: ['+12025550123', '+12025550124'],
  ranges: [{ from: '+14155550100', to: '+14155550199' }],
  limits: noLimits,
  timeZone: 'America/New_York',
  origId: '7d3c2b44-0d6b-4b1e-9a53-0f6a5c1f6a10',
}

const policy: Policy = {
  id: 'sales' as PolicyId,
  scopes: ['calls:make'],
  regions: ['US', 'CA'],
  numberTypes: ['FIXED_LINE', 'MOBILE', 'FIXED_LINE_OR_MOBILE', 'TOLL_FREE', 'VOIP'],
  homeRegion: 'US',
  dialPlan: undefined,
  foreignCallerId: 'attest_b',
  limits: noLimits,
  callDurationMaxS: 3600,
}

const key: Key = {
  id: minted.id,
  tenantId: tenant.id,
  policyId: policy.id,
  mode: 'live',
  secretHash: minted.secretHash,
  status: 'active',
  expiresAtMs: undefined,
  allowedSources: ['192.0.2.0/24', '2001:db8::/32'],
}

/** One tenant, policy and key; `world` says what is different. */
export function directoryWith(world: Pick<World, 'tenant' | 'policy' | 'key'>): DirectoryEntries {
  return {
    tenants: [{ ...tenant, ...world.tenant }],
    policies: [{ ...policy, ...world.policy }],
    keys: [{ ...key, ...world.key }],
    carriers: [],
  }
}

/** Admission over a fresh store with one tenant, policy and key; `world` says what is different. */
export async function openWorld(world: World = {}) {
  const clock = new FakeClock(world.nowMs)
  const store = await openEmbeddedStore({
    path: ':memory:',
    clock,
    random: systemRandom(),
    directory: directoryWith(world),
  })
  const { limiter } = store
  const admit: Admit = createAdmission({
    directory: { ...store.directory, ...world.directory },
    limiter: Object.assign(limiter, world.limiter),
    clock,
    rateOf: () => world.rate,
    ...rulesOf(world, store),
    alerts: world.alerts,
    verifier: world.verifier,
    breakers:
      world.breakers &&
      new Breakers({ clock, board: store.board, alerts: { raise: () => undefined } }),
    ...credentialsOf(world, clock),
    settings: { storeTimeoutMs: 1000, leaseMs: 60_000, budgetSliceS: 60 },
  })
  return {
    clock,
    store,
    admit,
    /** The decision on an attempt that differs from an admissible one as told. */
    call: (attempt: Partial<CallAttempt> = {}) => admit(attemptWith(attempt)),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

function rulesOf({ rules }: World, { permissions }: Store) {
  if (rules === undefined) return {}
  return { rules: rules === 'of the store' ? { ...noRules(), permissions } : rules }
}

function credentialsOf(world: World, clock: Clock) {
  return world.credentials ? { credentials: world.credentials(clock) } : {}
}

let calls = 0

/** An attempt that the world as it is admits, with some of it changed. */
export function attemptWith(changed: Partial<CallAttempt> = {}): CallAttempt {
  return {
    id: `call-${calls++}` as CallId,
    receivedAtMs: 0,
    source: { address: '192.0.2.7', port: 5060, protocol: 'udp' },
    sipCallId: 'abc@192.0.2.7',
    requestUri: 'sip:+13125550188@gate.example',
    from: '"Acme" <sip:+12025550123@pbx.example>;tag=1',
    to: '<sip:+13125550188@gate.example>',
    assertedIdentities: [],
    preferredIdentities: [],
    identities: [],
    date: undefined,
    diversions: [],
    histories: [],
    privacy: [],
    presentedKeys: [new Secret(keyText)],
    authorizations: [],
    callClasses: [],
    maxForwards: 70,
    userAgent: undefined,
    ...changed,
  }
}
