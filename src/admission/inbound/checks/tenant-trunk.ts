import type { TenantId } from '../../../domain/tenant.ts'
import { Failure } from '../../../kernel/failure.ts'
import type { Directory } from '../../../store/port.ts'
import { askStore, type StorePatience } from '../../ask-store.ts'
import { calledBy } from '../../called.ts'
import { type Check, found, pass, stop } from '../../check.ts'

/** The tenant has a trunk for the number; a trunk without its policy cannot be decided on. */
export function tenantTrunk(
  directory: Pick<Directory, 'findTrunk' | 'findPolicy'>,
  patience: StorePatience,
): Check {
  const find = async (tenantId: TenantId, e164: string) => {
    const trunk = await directory.findTrunk(tenantId, e164)
    return { trunk, policy: trunk && (await directory.findPolicy(trunk.policyId)) }
  }
  return {
    name: 'trunk',
    run: async (dossier) => {
      const { id: tenantId } = found(dossier.tenant, 'the tenant')
      const { e164 } = calledBy(dossier)
      const { trunk, policy } = await askStore(patience, () => find(tenantId, e164))
      if (!trunk) return stop('trunk_missing', { tenantId })
      if (!policy) throw new Failure('store_unavailable', `trunk ${trunk.id} has no policy`)
      dossier.trunk = trunk
      dossier.policy = policy
      return pass({ trunkId: trunk.id, policyId: policy.id })
    },
  }
}
