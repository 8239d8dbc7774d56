import type { Key, KeyId } from '../domain/key.ts'
import type { OperatorKey } from '../domain/operator-key.ts'
import type { Policy, Scope } from '../domain/policy.ts'
import type { Tenant, TenantId } from '../domain/tenant.ts'

/** Who asks, proven. */
export type Caller =
  | { readonly kind: 'operator'; readonly key: OperatorKey }
  | {
      readonly kind: 'tenant'
      readonly key: Key
      readonly tenant: Tenant
      readonly policy: Policy
    }

/** Who may use an operation. */
export type Access =
  | 'anybody'
  | {
      /** Whether the operator may. */
      readonly operator: boolean
      /** Which scope of a tenant's key lets it; undefined: none does. */
      readonly scope?: Scope | undefined
    }

/** Whether the caller may use an operation at all. */
export function mayUse(access: Access, caller: Caller): boolean {
  if (access === 'anybody') return true
  if (caller.kind === 'operator') return access.operator
  return access.scope !== undefined && caller.policy.scopes.includes(access.scope)
}

/** Whether what belongs to a tenant is the caller's to see. */
export function maySee(caller: Caller, tenantId: TenantId | string | undefined): boolean {
  return caller.kind === 'operator' || caller.tenant.id === tenantId
}

/** The tenant whose alone the caller may see; undefined: it may see all. */
export function tenantOf(caller: Caller): TenantId | undefined {
  return caller.kind === 'operator' ? undefined : caller.tenant.id
}

/** The public id of the key. */
export function keyIdOf(caller: Caller): KeyId {
  return caller.key.id
}
