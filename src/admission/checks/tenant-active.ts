import { type Check, found, pass, stop } from '../check.ts'

/** The tenant is not suspended. */
export function tenantActive(): Check {
  return {
    name: 'tenant_active',
    run: (dossier) => {
      const { status } = found(dossier.tenant, 'the tenant')
      return status === 'active' ? pass({ status }) : stop('tenant_suspended', { status })
    },
  }
}
