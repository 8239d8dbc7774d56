import type { AuditLog } from '../../audit/event.ts'
import { tenantDeclared } from '../../config/declaration-texts.ts'
import { entryTypes } from '../../config/declarations.ts'
import { z } from '../../config/zod.ts'
import type { Tenant, TenantId } from '../../domain/tenant.ts'
import type { Store } from '../../store/port.ts'
import { etagOf } from '../etag.ts'
import type { Problem } from '../problem.ts'
import { type Answer, notFound, type Route, route } from '../route.ts'
import { entryId, saidOf } from '../schemas.ts'

interface TenantParts {
  readonly store: Pick<Store, 'directory' | 'tenants'>
  readonly audit: Pick<AuditLog, 'append'>
}

const status = z.strictObject({
  id: entryId,
  status: z.enum(['active', 'suspended']).describe(saidOf(entryTypes.tenants.shape.status)),
})
const common = {
  tag: 'tenants',
  tagged: true,
  access: { operator: true },
  params: z.strictObject({ tenantId: entryId }),
  answers: { 200: { help: 'The tenant as it is now.', schema: status } },
  problems: ['not_found'],
} as const

const staysHeld: Problem = {
  problem: 'conflict',
  detail:
    'What is declared of the tenant cannot be used: it stays suspended until that is changed.',
}

/** Whether tenants may call at all. */
export function tenantRoutes({ store, audit }: TenantParts): readonly Route[] {
  const action = (verb: string, wanted: Tenant['status'], summary: string) =>
    route({
      ...common,
      method: 'POST',
      path: `/v1/tenants/{tenantId}/${verb}`,
      summary,
      problems: wanted === 'active' ? ['not_found', 'conflict'] : common.problems,
      run: async ({ params }) => {
        const id = params.tenantId as TenantId
        const before = await store.directory.findTenant(id)
        if (before?.isHeld && wanted === 'active') return staysHeld
        const after = before && (await store.tenants.setTenantStatus(id, wanted))
        if (!after) return notFound
        await audit.append({
          type: 'config.changed',
          subject: 'tenant',
          id,
          tenantId: id,
          before: tenantDeclared(before).text,
          after: tenantDeclared(after).text,
        })
        return shown(after)
      },
    })
  return [
    route({
      ...common,
      method: 'GET',
      path: '/v1/tenants/{tenantId}/status',
      summary: 'Whether a tenant is active or suspended.',
      run: async ({ params }) => {
        const tenant = await store.directory.findTenant(params.tenantId as TenantId)
        return tenant ? shown(tenant) : notFound
      },
    }),
    action('suspend', 'suspended', 'Suspends a tenant: ends its running calls and admits no more.'),
    action('resume', 'active', 'Lets a suspended tenant call again.'),
  ]
}

function shown({ id, status: now }: Tenant): Answer {
  const body = { id, status: now }
  return { status: 200, body, etag: etagOf(body), read: 'tenants:1' }
}
