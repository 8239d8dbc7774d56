import type { CallRegistry } from '../call/registry.ts'
import type { Granted } from '../domain/decision.ts'
import type { Key } from '../domain/key.ts'
import type { Tenant } from '../domain/tenant.ts'
import type { Logger } from '../kernel/logger.ts'
import type { Store } from '../store/port.ts'

/** Why a key or its tenant may not call (any more), as the cause of a call's end; undefined where it may. */
export function revocationOf(key: Key | undefined, tenant: Tenant | undefined): string | undefined {
  if (!key || key.status === 'revoked') return 'key_revoked'
  if (key.status === 'suspended') return 'key_suspended'
  return tenant?.status === 'active' ? undefined : 'tenant_suspended'
}

/** What the store says of a grant now, from memory. */
export async function revokedSince(
  { directory }: Pick<Store, 'directory'>,
  { key, tenant }: Granted,
): Promise<string | undefined> {
  const now = await directory.findTenant(tenant.id)
  if (key) return revocationOf(await directory.findKey(key.id), now)
  return now?.status === 'active' ? undefined : 'tenant_suspended'
}

/** Ends the calls of keys and tenants that are revoked or suspended, from now until disposed of. */
export function endRevokedCalls(
  { keys, tenants }: Pick<Store, 'keys' | 'tenants'>,
  registry: CallRegistry,
  logger: Logger,
): Disposable {
  const stack = new DisposableStack()
  stack.use(
    keys.watchKeys(({ id: keyId, status }) => {
      if (status === 'active') return
      const ended = registry.hangUp(`key_${status}`, { keyId })
      logger.warn({ keyId, status, ended }, 'the calls of a key are ended')
    }),
  )
  stack.use(
    tenants.watchTenants(({ id: tenantId, status }) => {
      if (status === 'active') return
      const ended = registry.hangUp('tenant_suspended', { tenantId })
      logger.warn({ tenantId, ended }, 'the calls of a tenant are ended')
    }),
  )
  return stack
}
