import type { CallId } from '../domain/attempt.ts'
import type { Carrier } from '../domain/carrier.ts'
import type { Leases } from '../domain/decision.ts'
import type { Key, KeyId } from '../domain/key.ts'
import type { Period } from '../domain/limits.ts'
import type { Policy, PolicyId } from '../domain/policy.ts'
import type { Tenant, TenantId } from '../domain/tenant.ts'
import type { Trunk, TrunkId } from '../domain/trunk.ts'
import type { Redeclared } from './directory.ts'
import type { PermissionAsk, Permissions, Said } from './permission-port.ts'

/** Who is who. Answers come from memory or a bounded cache; an adapter that cannot tell throws. */
export interface Directory {
  findKey(id: KeyId): Promise<Key | undefined>
  findTenant(id: TenantId): Promise<Tenant | undefined>
  findPolicy(id: PolicyId): Promise<Policy | undefined>
  carriers(): Promise<readonly Carrier[]>
  /** Whose number it is (E.164 with `+`). */
  findOwner(e164: string): Promise<Tenant | undefined>
  trunk(id: TrunkId): Promise<Trunk | undefined>
  /** The trunk that takes a tenant's calls to one of its numbers. */
  findTrunk(tenantId: TenantId, e164: string): Promise<Trunk | undefined>
}

/** What one of several notes shall be. */
export interface NoteEdit {
  readonly topic: string
  readonly id: string
  /** Undefined: taken down. */
  readonly text: string | undefined
  /** What the writer goes by; where it is left out, whatever stands there is replaced. */
  readonly seen?: { readonly text: string | undefined }
}

/**
 * Small shared state that every gate holds in memory: what one posts, all have within a second. Bounded
 * in the size of each note and in their number; secrets are posted sealed or hashed.
 */
export interface Board {
  /** From memory; at most a second old. */
  get(topic: string, id: string): string | undefined
  /** Every note of a topic by its id. */
  notes(topic: string): ReadonlyMap<string, string>
  /**
   * Puts up what `change` makes of the note as it is, and answers it; undefined takes it down. One
   * atomic step: two gates that change one note change it one after the other, and `change` may be
   * asked again.
   */
  post(
    topic: string,
    id: string,
    change: (current: string | undefined) => string | undefined,
  ): Promise<string | undefined>
  /**
   * Changes several notes in one atomic step; false, and nothing is changed, where one is no longer as it
   * was seen. Every gate takes them in together, and has them here once this resolves.
   */
  change(edits: readonly NoteEdit[]): Promise<boolean>
  /** Tells of every note that has changed, here or elsewhere, once this gate has it. */
  watch(topic: string, onChange: (id: string, note: string | undefined) => void): Disposable
}

/** What may change in a key while gates run; whose it is and its id never do. */
export type KeyChange = Partial<Omit<Key, 'id' | 'tenantId'>>

/** What a key becomes, by how it is; undefined: it stays. */
export type KeyChanger = (key: Key) => KeyChange | undefined

/**
 * Keys as they change at run time: the change is kept, outranks what the configuration declares, and
 * has reached every gate within a second. A key that was revoked stays revoked.
 */
export interface KeyBook {
  /** Adds a key; false, and nothing is changed, where there is one of that id. */
  addKey(key: Key): Promise<boolean>
  /**
   * Changes the fields given, or those that are made of the key as it is, and answers the key as it then
   * is; undefined where there is none, or nothing is made of it. One atomic step, as `Board.post`.
   */
  changeKey(id: KeyId, change: KeyChange | KeyChanger): Promise<Key | undefined>
  /** Every key there is, for lists. */
  allKeys(): Promise<readonly Key[]>
  /** Tells of every key that was added or changed, here or elsewhere, once this gate knows it. */
  watchKeys(onChange: (key: Key) => void): Disposable
  /** Remembers that the key was used; costs nothing now and is kept a few seconds later. */
  noteUse(id: KeyId, atMs: number): void
  /** When the key was last used, wall time; undefined where it never was. */
  lastUsedAtMs(id: KeyId): Promise<number | undefined>
}

/** Tenants as they change at run time: as `KeyBook`, for their status alone. */
export interface TenantBook {
  /** Answers the tenant as it then is; undefined where there is none. */
  setTenantStatus(id: TenantId, status: Tenant['status']): Promise<Tenant | undefined>
  /** Tells of every tenant whose status was changed, once this gate knows it. */
  watchTenants(onChange: (tenant: Tenant) => void): Disposable
}

/** Whose limit it is. */
export interface LimitOwner {
  readonly level: 'key' | 'trunk' | 'tenant' | 'carrier' | 'gateway'
  readonly id: string
}

/**
 * Where counters live that are taken in one step: a tenant's and its keys' in one place, a carrier's
 * and its gateways' in another.
 */
export interface Home {
  readonly level: 'tenant' | 'carrier'
  readonly id: string
}

/** Admissions booked into a schedule: any `n` seconds hold `n * perSecondMax + burst` at most. */
export interface RateClaim {
  readonly kind: 'rate'
  readonly owner: LimitOwner
  readonly perSecondMax: number
  readonly burst: number
}

/** Any minute or hour, wherever it begins, holds `callsMax` admissions at most. */
export interface WindowClaim {
  readonly kind: 'window'
  readonly owner: LimitOwner
  readonly window: 'minute' | 'hour'
  readonly callsMax: number
}

/** A slot, held as long as the call's lease. */
export interface ConcurrencyClaim {
  readonly kind: 'concurrency'
  readonly owner: LimitOwner
  readonly slotsMax: number
}

/** One of the calls of a day or a month. */
export interface PeriodClaim {
  readonly kind: 'period'
  readonly owner: LimitOwner
  readonly period: Period
  readonly callsMax: number
}

/** Any 24 hours or 30 days hold `attemptsMax` admissions to this number at most. */
export interface CalleeClaim {
  readonly kind: 'callee'
  readonly owner: LimitOwner
  /** E.164; an adapter keeps a keyed hash of it and never the number. */
  readonly e164: string
  readonly window: '24h' | '30d'
  readonly attemptsMax: number
}

/** Money reserved for a call; what is not spent comes back when the call is released. */
export interface BudgetClaim {
  readonly kind: 'budget'
  readonly owner: LimitOwner
  readonly period: Period
  /** ISO 4217; each currency is counted by itself. */
  readonly currency: string
  readonly capMicros: number
  readonly reserveMicros: number
  /** What a call has begun with is extended whatever the cap: its limit refuses nothing. */
  readonly extendsBeyondCap?: boolean
}

/** One of the uses of what may be used so often: a call token, an answer to a challenge, a breaker's trial. */
export interface UseClaim {
  readonly kind: 'use'
  readonly owner: LimitOwner
  readonly what: 'token' | 'nonce' | 'probe'
  readonly id: string
  readonly usesMax: number
  /** From then on nobody asks for it any more, and it is forgotten. */
  readonly endsAtMs: number
}

export type Claim =
  | RateClaim
  | WindowClaim
  | ConcurrencyClaim
  | PeriodClaim
  | CalleeClaim
  | BudgetClaim
  | UseClaim

/** Everything one call wants of one home, to be taken in one step: all of it or nothing. */
export interface TakeRequest {
  readonly callId: CallId
  /** Which part of the call takes: its admission, or the dialling of its nth candidate. */
  readonly part: 'admission' | `dial-${number}`
  readonly home: Home
  readonly claims: readonly Claim[]
  /** A lease that is not renewed for this long is void. */
  readonly leaseMs: number
  /** While the shared store is lost: refused, or this node's share of each limit. */
  readonly whenLost: 'refuse' | 'local'
}

/** The first claim, in the order given, that could not be met. */
export interface Unmet {
  readonly taken: false
  readonly claim: Claim
  /** How long until it may be met, where that is known. */
  readonly freesInMs: number | undefined
}

export type TakeResult = { readonly taken: true; readonly leases: Leases } | Unmet

/** How one claim stands now. */
export interface Standing {
  readonly claim: Claim
  /** 0 where it would be met; else how long until it may be, where that is known. */
  readonly freesInMs: number | undefined
  /**
   * How much of it is used now: calls in the last second, the window, the period; slots; attempts; micros.
   * Of a rate those that are booked ahead count too.
   */
  readonly used: number
}

/** What came of a take that asked for the callee's permission. */
export interface PermittedTake {
  /** Undefined: who knows was lost, and the request is content without. */
  readonly said: Said | undefined
  /** Undefined: what was said forbids the call, and nothing was taken. */
  readonly result: TakeResult | undefined
}

/** Reserved, or nothing of it. */
export type ExtendResult = { readonly taken: true } | Unmet

/**
 * Counters and leases. `take` is one atomic step; nothing of a refused request is kept. Taking for a
 * part of a call that already holds leases gives the same leases back and counts nothing again.
 */
export interface Limiter {
  take(request: TakeRequest): Promise<TakeResult>
  /**
   * What a fresh call's `take` would find, of every claim in the order given, also behind one that could
   * not be met. Takes, counts and changes nothing; fails where the shared store is lost.
   */
  peek(request: TakeRequest): Promise<readonly Standing[]>
  /**
   * Takes if the callee permits the call, in the same one step: on an opt-out, or without a consent where
   * one is wanted, nothing is taken. Only where the store is a journey away; elsewhere it costs nothing
   * to ask `Permissions` first.
   */
  takePermitted?(request: TakeRequest, ask: PermissionAsk): Promise<PermittedTake>
  /**
   * Pushes out the expiry of running calls' leases. Leases that have lapsed meanwhile, because their
   * node was cut off, count again from now on, above the limit if need be: their calls are running.
   */
  renew(leases: readonly Leases[], leaseMs: number): Promise<void>
  /** Reserves `addMicros` more on every budget that the leases hold, on all or on none. */
  extend(leases: Leases, addMicros: number): Promise<ExtendResult>
  /**
   * Gives the slots back, and of the money reserved all but `costMicros`; harmless when repeated, and
   * never rejects: what cannot be given back now comes back later, or its money counts as spent.
   * What was counted stays. The money of leases that nobody gives back counts as spent.
   */
  release(leases: Leases, costMicros?: number): Promise<void>
  /** Slots in use now. */
  running(home: Home, owner: LimitOwner): Promise<number>
  /** Money spent and reserved, micros. */
  spentMicros(
    home: Home,
    budget: Pick<BudgetClaim, 'owner' | 'period' | 'currency'>,
  ): Promise<number>
}

/** The whole store of one adapter. */
export interface Store extends AsyncDisposable {
  readonly directory: Directory
  /** Tenants, policies, carriers, trunks and, where given, keys are these from the next question on. */
  redeclare(entries: Redeclared): void
  readonly keys: KeyBook
  readonly tenants: TenantBook
  readonly board: Board
  readonly permissions: Permissions
  readonly limiter: Limiter
}
