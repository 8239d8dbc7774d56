import type { Key } from '../../domain/key.ts'
import { Failure } from '../../kernel/failure.ts'
import type { Directory } from '../../store/port.ts'
import { askStore, type StorePatience } from '../ask-store.ts'
import { type Check, found, pass } from '../check.ts'

/** Finds the tenant and the policy of the key; a key without them cannot be decided on. */
export function keyHolder(directory: Directory, patience: StorePatience): Check {
  const find = async (key: Key) => ({
    tenant: await directory.findTenant(key.tenantId),
    policy: await directory.findPolicy(key.policyId),
  })
  return {
    name: 'key_holder',
    run: async (dossier) => {
      const key = found(dossier.key, 'the key')
      const { tenant, policy } = await askStore(patience, () => find(key))
      if (!tenant || !policy) {
        throw new Failure(
          'store_unavailable',
          `key ${key.id} has no ${tenant ? 'policy' : 'tenant'}`,
        )
      }
      dossier.tenant = tenant
      dossier.policy = policy
      return pass({ tenantId: tenant.id, policyId: policy.id })
    },
  }
}
