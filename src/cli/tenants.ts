import { tenantDeclared } from '../config/declaration-texts.ts'
import type { Tenant, TenantId } from '../domain/tenant.ts'
import { Failure } from '../kernel/failure.ts'
import { readArguments } from './arguments.ts'
import { type Command, exitCodes, printable } from './command.ts'
import { inOffice, officeOptions, officeUsage } from './keys/office.ts'

function statusCommand(verb: string, status: Tenant['status'], help: string): Command {
  return {
    recorded: 'whole',
    usage: `tenants ${verb} <id> ${officeUsage}`,
    help,
    async run(args, terminal) {
      const otherwise = 'exactly one tenant id is needed'
      const wanted = { options: officeOptions, count: 1, otherwise } as const
      const { values, argument } = readArguments(args, wanted)
      return inOffice(values.config, async ({ books, settings }) => {
        const tenant = await books.tenants.setTenantStatus(argument as TenantId, status)
        if (!tenant) throw new Failure('not_found', `no tenant has the id ${argument}`)
        const declared = settings.directory.tenants.find(({ id }) => id === tenant.id)
        await terminal.record?.({
          ...{ type: 'config.changed', subject: 'tenant', id: tenant.id, tenantId: tenant.id },
          before: declared && tenantDeclared(declared).text,
          after: tenantDeclared(tenant).text,
        })
        if (values.json) terminal.out(JSON.stringify({ id: tenant.id, status: tenant.status }))
        else terminal.out(printable(`Tenant ${tenant.id} is ${tenant.status}.`))
        return exitCodes.ok
      })
    },
  }
}

/** `tollgate tenants suspend`: no calls of any of its keys. */
export const tenantsSuspend = statusCommand(
  'suspend',
  'suspended',
  'Take all keys of a tenant out of use and end their calls, within a second on every gate.',
)

/** `tollgate tenants resume`: back in use. */
export const tenantsResume = statusCommand('resume', 'active', 'Let a tenant call again.')
