import { z } from '../../config/zod.ts'
import type { Key, KeyId } from '../../domain/key.ts'
import type { PolicyId } from '../../domain/policy.ts'
import type { TenantId } from '../../domain/tenant.ts'
import type { KeyChange, Store } from '../../store/port.ts'
import { type Caller, maySee, tenantOf } from '../caller.ts'
import { matches } from '../etag.ts'
import { type KeyDesk, type KeyTerms, keyEtag } from '../key-desk.ts'
import { pageOfNamed } from '../paging.ts'
import { type Problem, unfit } from '../problem.ts'
import { type Answer, notFound, type Route, route } from '../route.ts'
import { entryId, keyId, pageOf, paging } from '../schemas.ts'
import { keyChangeSchema, keySchema, newKeySchema, shownKeySchema } from './key-schemas.ts'

const access = { operator: true, scope: 'keys:manage' } as const
const oneKey = z.strictObject({ keyId })
const common = { tag: 'keys', access } as const

/** Making, reading and changing keys. */
export function keyRoutes(
  desk: KeyDesk,
  { directory }: Pick<Store, 'directory'>,
): readonly Route[] {
  return [
    route({
      ...common,
      method: 'GET',
      path: '/v1/keys',
      summary: 'Keys, in the order of their ids.',
      query: z.strictObject({
        ...paging,
        tenant: entryId.optional().describe("Only this tenant's."),
      }),
      answers: { 200: { help: 'A page of keys.', schema: pageOf(keySchema) } },
      run: async ({ caller, query }) => {
        const { tenant } = query
        const all = (await desk.all(caller)).filter((key) => !tenant || key.tenantId === tenant)
        const page = pageOfNamed(all, ({ id }) => id, { ...query, list: 'keys' })
        if ('problem' in page) return page
        const items = await Promise.all(page.items.map((key) => desk.describe(key)))
        return { status: 200, body: { items, next: page.next }, read: `keys:${items.length}` }
      },
    }),
    route({
      ...common,
      method: 'POST',
      path: '/v1/keys',
      creates: true,
      tagged: true,
      summary: 'Makes a key and shows it this once; it works at once on every gate.',
      body: newKeySchema,
      answers: { 201: { help: 'The key.', schema: shownKeySchema } },
      problems: ['conflict', 'scope_denied', 'request_unfit'],
      run: async ({ caller, body }) => {
        const terms = await termsOf(body, { caller, desk, directory })
        if ('problem' in terms) return terms
        const { key, minted } = await desk.add(terms)
        return shown(desk, { key, text: minted.text.reveal(), status: 201 })
      },
    }),
    route({
      ...common,
      method: 'GET',
      path: '/v1/keys/{keyId}',
      tagged: true,
      summary: 'One key; its secret is not kept and cannot be shown.',
      params: oneKey,
      answers: { 200: { help: 'The key.', schema: keySchema } },
      problems: ['not_found'],
      run: async ({ caller, params }) => {
        const key = await desk.find(caller, params.keyId as KeyId)
        return key ? { ...(await described(desk, key)), read: 'keys:1' } : notFound
      },
    }),
    changeRoute(desk, directory),
  ]
}

function changeRoute(desk: KeyDesk, directory: Store['directory']): Route {
  return route({
    ...common,
    method: 'PATCH',
    path: '/v1/keys/{keyId}',
    conditional: true,
    tagged: true,
    summary: 'Changes a key; every gate follows within a second.',
    params: oneKey,
    body: keyChangeSchema,
    answers: { 200: { help: 'The key as it is now.', schema: keySchema } },
    problems: ['not_found', 'scope_denied', 'conflict', 'request_unfit'],
    run: async ({ caller, params, body, ifMatch }) => {
      const key = await desk.find(caller, params.keyId as KeyId)
      if (!key) return notFound
      if (!matches(ifMatch, keyEtag(key))) return { problem: 'precondition_failed' }
      const policyId = (body.policy ?? key.policyId) as PolicyId
      const fault = await grantFault({ ...key, policyId }, { caller, desk, directory })
      if (fault) return fault
      if (!(await desk.mayHandOut(caller, key))) return { problem: 'scope_denied' }
      const changed = await desk.changeAsFound(key, changeOf(body))
      return changed ? described(desk, changed) : { problem: 'precondition_failed' }
    },
  })
}

/** A key with its text, which is not shown again. */
export async function shown(
  desk: KeyDesk,
  { key, text, status }: { readonly key: Key; readonly text: string; readonly status: number },
): Promise<Answer> {
  const body = { ...(await desk.describe(key)), key: text }
  const headers = status === 201 ? { location: `/v1/keys/${key.id}` } : {}
  return { status, body, etag: keyEtag(key), headers, secrets: ['key'] }
}

/** A key without its text. */
export async function described(desk: KeyDesk, key: Key): Promise<Answer> {
  return { status: 200, body: await desk.describe(key), etag: keyEtag(key) }
}

interface Around extends Pick<Store, 'directory'> {
  readonly caller: Caller
  readonly desk: KeyDesk
}

async function termsOf(
  body: z.output<typeof newKeySchema>,
  around: Around,
): Promise<KeyTerms | Problem> {
  const tenantId = (body.tenant ?? tenantOf(around.caller)) as TenantId | undefined
  if (tenantId === undefined) return unfit('body', '/tenant', 'is needed')
  const isThere = maySee(around.caller, tenantId) && (await around.directory.findTenant(tenantId))
  if (!isThere) return unfit('body', '/tenant', 'is no tenant of yours')
  const { mode, allowedSources, certificates } = body
  const policyId = body.policy as PolicyId
  const fault = await grantFault({ mode, policyId }, around)
  if (fault) return fault
  return {
    tenantId,
    policyId,
    mode,
    allowedSources,
    certificates,
    status: 'active',
    expiresAtMs: body.expiresAt ? Date.parse(body.expiresAt) : undefined,
  }
}

/** What forbids a policy and a mode to the caller. */
async function grantFault(
  key: Pick<Key, 'mode' | 'policyId'>,
  { caller, desk, directory }: Around,
): Promise<Problem | undefined> {
  const isThere = await directory.findPolicy(key.policyId)
  if (!isThere || !(await desk.hasPolicy(caller, key.policyId))) {
    return unfit('body', '/policy', 'is unknown or not yours')
  }
  return (await desk.mayHandOut(caller, key)) ? undefined : { problem: 'scope_denied' }
}

function changeOf(body: z.output<typeof keyChangeSchema>): KeyChange {
  const { policy, expiresAt, allowedSources, certificates } = body
  return {
    ...(policy !== undefined && { policyId: policy as PolicyId }),
    ...(expiresAt !== undefined && {
      expiresAtMs: expiresAt === null ? undefined : Date.parse(expiresAt),
    }),
    ...(allowedSources && { allowedSources }),
    ...(certificates && { certificates }),
  }
}
