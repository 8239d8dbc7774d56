import { tenantDeclared } from '../config/declaration-texts.ts'
import type { Tenant } from '../domain/tenant.ts'
import { Failure } from '../kernel/failure.ts'
import { type Command, command, exitCodes } from './command.ts'
import { inOffice } from './keys/office.ts'
import { officeOptions } from './line/common.ts'
import { show } from './line/show.ts'
import { word } from './line/values.ts'

function statusCommand(status: Tenant['status']): Command {
  return command({
    recorded: 'whole',
    argument: { type: word('<id>'), help: 'The tenant.' },
    options: officeOptions,
    no: 'there is no such tenant',
    async run({ values, argument }, terminal) {
      return inOffice(values.config, async ({ books, settings }) => {
        const declared = settings.directory.tenants.find(({ id }) => id === argument)
        const before = declared && (await books.directory.findTenant(declared.id))
        if (before?.isHeld && status === 'active') {
          const why =
            'what is declared of it cannot be used, and it stays suspended until that is changed'
          throw new Failure('config_invalid', `tenant ${before.id} is held: ${why}`)
        }
        const tenant = before && (await books.tenants.setTenantStatus(before.id, status))
        if (!tenant) throw new Failure('not_found', `no tenant has the id ${argument}`)
        await terminal.record?.({
          type: 'config.changed',
          subject: 'tenant',
          id: tenant.id,
          tenantId: tenant.id,
          before: tenantDeclared(before).text,
          after: tenantDeclared(tenant).text,
        })
        const value = { id: tenant.id, status: tenant.status }
        const lines = [`Tenant ${tenant.id} is ${tenant.status}.`]
        show(terminal, { json: values.json, value, lines })
        return exitCodes.ok
      })
    },
  })
}

/** `tollgate tenants suspend`: no calls of any of its keys. */
export const tenantsSuspend = statusCommand('suspended')

/** `tollgate tenants resume`: back in use. */
export const tenantsResume = statusCommand('active')
