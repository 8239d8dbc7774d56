import type { CallClass } from './call-class.ts'
import type { TenantId } from './tenant.ts'

/** Which calls somebody does not want any more. A call back from an emergency is never among them. */
export const optOutScopes = ['all', 'marketing', 'transactional'] as const
export type OptOutScope = (typeof optOutScopes)[number]

/** Somebody does not want to be called. */
export interface OptOut {
  /** Whose calls; undefined: nobody's. */
  readonly tenantId: TenantId | undefined
  readonly e164: string
  readonly scope: OptOutScope
  readonly atMs: number
  /** How it was heard: `sms stop`, `call 4711`. */
  readonly source: string
}

/** Whether it is from calls of that class. */
export function isFrom({ scope }: Pick<OptOut, 'scope'>, callClass: CallClass): boolean {
  // A call back from an emergency answers somebody who has called for help.
  if (callClass === 'emergency-callback') return false
  return scope === 'all' || scope === callClass
}

/** Somebody has agreed to be called for a purpose. */
export interface Consent {
  /** Names the evidence in the audit log. */
  readonly id: string
  readonly tenantId: TenantId
  readonly e164: string
  readonly purpose: CallClass
  /** How it was given: `web form`, `signed`, `spoken`. */
  readonly how: string
  readonly givenAtMs: number
  /** Where the evidence is kept. */
  readonly evidence: string
  /** Undefined: until it is revoked. */
  readonly expiresAtMs: number | undefined
  /** Undefined: in force. */
  readonly revokedAtMs: number | undefined
}
