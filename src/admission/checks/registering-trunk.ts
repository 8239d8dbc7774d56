import type { TrunkId } from '../../domain/trunk.ts'
import type { Directory } from '../../store/port.ts'
import { askStore, type StorePatience } from '../ask-store.ts'
import { type Check, found, pass, stop } from '../check.ts'

/** RFC 3261 10.2: To names who is registered; the user part is the trunk's id. */
const toUser = /sips?:([A-Za-z0-9._-]{1,64})@/i

/** To names a trunk of the key's tenant that a PBX may register for. */
export function registeringTrunk(
  directory: Pick<Directory, 'trunk'>,
  patience: StorePatience,
): Check {
  return {
    name: 'trunk',
    run: async (dossier) => {
      const id = toUser.exec(dossier.attempt.to)?.[1] ?? ''
      const trunk = await askStore(patience, () => directory.trunk(id as TrunkId))
      const tenant = found(dossier.tenant, 'the tenant')
      // Another tenant's trunk is as if it were not there.
      if (!trunk?.registers || trunk.tenantId !== tenant.id) return stop('trunk_missing')
      dossier.trunk = trunk
      return pass({ trunkId: trunk.id })
    },
  }
}
