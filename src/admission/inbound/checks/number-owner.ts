import type { Directory } from '../../../store/port.ts'
import { askStore, type StorePatience } from '../../ask-store.ts'
import { calledBy } from '../../called.ts'
import { type Check, pass, stop } from '../../check.ts'

/** The called number is a tenant's. */
export function numberOwner(
  directory: Pick<Directory, 'findOwner'>,
  patience: StorePatience,
): Check {
  return {
    name: 'number_owner',
    run: async (dossier) => {
      const { e164 } = calledBy(dossier)
      const tenant = await askStore(patience, () => directory.findOwner(e164))
      if (!tenant) return stop('number_unowned', { e164 })
      dossier.tenant = tenant
      return pass({ tenantId: tenant.id })
    },
  }
}
