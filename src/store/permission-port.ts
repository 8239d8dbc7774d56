import type { CallClass } from '../domain/call-class.ts'
import type { Consent, OptOut, OptOutScope } from '../domain/permission.ts'
import type { TenantId } from '../domain/tenant.ts'

/** A call as far as it needs its callee's permission. */
export interface PermissionQuestion {
  readonly tenantId: TenantId
  readonly e164: string
  readonly callClass: CallClass
  readonly nowMs: number
}

/** A question that is asked together with a take. */
export interface PermissionAsk extends PermissionQuestion {
  readonly wantsConsent: boolean
}

/** What the callee has said of such a call. */
export interface Said {
  readonly optOut: OptOut | undefined
  /** Looked for only where it is wanted. */
  readonly consent: Consent | undefined
}

/** Which page of a list. */
export interface PermissionPageAsked {
  readonly limit: number
  /** `next` of the page before; undefined: the first page. */
  readonly cursor?: string | undefined
}

/** A page of a list, in an order of the adapter's own; it may be short, or empty, before the last. */
export interface PermissionPage<Item> {
  readonly items: readonly Item[]
  /** Undefined after the last. */
  readonly next: string | undefined
}

/** How many consents of one number are looked at, the latest ones: beyond them none is known. */
export const consentsMax = 1_000

/**
 * Who may not be called and who has agreed to it. A change is durable when it resolves, and every
 * question after that has it. Opt-outs and consents are never overwritten by one another.
 */
export interface Permissions {
  /** An opt-out that such a call falls under, of this tenant or of everybody. */
  findOptOut(question: PermissionQuestion): Promise<OptOut | undefined>
  /** The latest consent to such a call that is in force. */
  findConsent(question: PermissionQuestion): Promise<Consent | undefined>
  /**
   * Opt-outs of a tenant alone, or of everybody (undefined). What is there while one asks is on a page; fails
   * with a RangeError where the cursor is none of its own.
   */
  listOptOuts(
    tenantId: TenantId | undefined,
    page: PermissionPageAsked,
  ): Promise<PermissionPage<OptOut>>
  /** Every opt-out of a number: those of the tenant, where one is given, and behind them everybody's. */
  optOutsOf(tenantId: TenantId | undefined, e164: string): Promise<readonly OptOut[]>
  /** Those that are new, in one step where that can be; the same opt-out again changes nothing. */
  addOptOuts(optOuts: readonly OptOut[]): Promise<readonly OptOut[]>
  /** Whether there was such an opt-out. */
  withdrawOptOut(optOut: {
    readonly tenantId: TenantId | undefined
    readonly e164: string
    readonly scope: OptOutScope
  }): Promise<boolean>
  /** Those that are new, in one step where that can be; one whose id is taken changes nothing. */
  addConsents(consents: readonly Consent[]): Promise<readonly Consent[]>
  /** Whether the tenant has a consent of that id; one that was revoked keeps its first moment. */
  revokeConsent(tenantId: TenantId, id: string, atMs: number): Promise<boolean>
  /** Every consent on record, revoked and expired ones too, the latest first; at most `consentsMax`. */
  consentsOf(tenantId: TenantId, e164: string): Promise<readonly Consent[]>
  /** Every consent of a tenant on record, by pages as `listOptOuts`. */
  listConsents(tenantId: TenantId, page: PermissionPageAsked): Promise<PermissionPage<Consent>>
}
