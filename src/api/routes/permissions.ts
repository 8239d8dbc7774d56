import type { Readable } from 'node:stream'
import type { AuditLog, StateChanged } from '../../audit/event.ts'
import {
  consentRevoked,
  keepConsents,
  keepOptOut,
  keepOptOuts,
  optOutWithdrawn,
} from '../../audit/state-changed.ts'
import type { TenantId } from '../../domain/tenant.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Store } from '../../store/port.ts'
import { readConsents } from '../../tables/consent-file.ts'
import type { CsvReport } from '../../tables/csv.ts'
import { readOptOuts } from '../../tables/opt-out-file.ts'
import { BoundedBytes } from '../bounded-bytes.ts'
import { type Caller, tenantOf } from '../caller.ts'
import {
  cursorAt,
  cursorUnknown,
  type Page,
  type PageAsked,
  type PageOf,
  pageOfNamed,
  placeIn,
} from '../paging.ts'
import { type Problem, unfit } from '../problem.ts'
import { type Answer, notFound, type Route, route } from '../route.ts'
import { pageOf } from '../schemas.ts'
import * as fields from './permission-schemas.ts'

export interface PermissionParts {
  readonly store: Pick<Store, 'permissions' | 'directory'>
  readonly audit: Pick<AuditLog, 'append'>
  readonly clock: Clock
}

const access = { operator: true, scope: 'calls:make' } as const
const importBytesMax = 64 * 1024 * 1024
const streamed = { mediaType: 'text/csv', bytesMax: importBytesMax } as const
/** Bad lines that the replay of a long report shows. */
const briefFaults = 10

const optOutTerms = { tag: 'opt-outs', access, problems: ['not_found', 'request_unfit'] } as const

/** Who does not want to be called: an opt-out acts on the next call of any gate. */
export function optOutRoutes(parts: PermissionParts): readonly Route[] {
  const { permissions } = parts.store
  const record = (event: StateChanged) => parts.audit.append(event)
  const common = optOutTerms
  return [
    route({
      ...common,
      method: 'GET',
      path: '/v1/opt-outs',
      summary: "A tenant's opt-outs, or everybody's if no tenant is named; of one number, both.",
      query: fields.listed,
      answers: { 200: { help: 'A page of opt-outs.', schema: pageOf(fields.optOut) } },
      run: async ({ caller, query }) => {
        const tenantId = await tenantGiven(parts, caller, { query: query.tenant })
        if (typeof tenantId === 'object') return tenantId
        const { number } = query
        const asked = { ...query, list: `opt-outs ${number ?? ''}` }
        const page =
          number === undefined
            ? await listed(asked, (page) => permissions.listOptOuts(tenantId, page))
            : pageOfNamed(await permissions.optOutsOf(tenantId, number), nameOf, asked)
        if ('problem' in page) return page
        const items = page.items.map((one) => fields.shownOptOut(one))
        return { status: 200, body: { items, next: page.next }, read: `opt-outs:${items.length}` }
      },
    }),
    addOptOutRoute(parts),
    route({
      ...common,
      method: 'POST',
      path: '/v1/opt-outs/withdraw',
      summary: 'Withdraws an opt-out; acts on the next call.',
      body: fields.whichOptOut,
      answers: { 204: { help: 'It is withdrawn.' } },
      run: async ({ caller, body }) => {
        const tenantId = await tenantGiven(parts, caller, { body: body.tenant })
        if (typeof tenantId === 'object') return tenantId
        const { number: e164, scope } = body
        if (!(await permissions.withdrawOptOut({ tenantId, e164, scope }))) return notFound
        await parts.audit.append(optOutWithdrawn({ tenantId, e164, scope }))
        return { status: 204 }
      },
    }),
    route({
      ...common,
      method: 'POST',
      path: '/v1/opt-outs/import',
      streamed,
      creates: true,
      summary:
        'Adds opt-outs from CSV with the column `number` and, optionally, `scope` and `source`.',
      query: fields.importing,
      answers: { 200: { help: 'What was added, and the bad lines.', schema: fields.report } },
      run: async ({ caller, query, body, once }) => {
        const tenantId = await tenantGiven(parts, caller, { query: query.tenant })
        if (typeof tenantId === 'object') return tenantId
        const source = new BoundedBytes(body as unknown as Readable, importBytesMax)
        const terms = { tenantId, atMs: parts.clock.now() }
        const { report, optOuts = [] } = await readOptOuts(source, terms, query.badLines)
        return once(source.digest(), async () => {
          return reported(report, await keepOptOuts(permissions, optOuts, record))
        })
      },
    }),
  ]
}

function addOptOutRoute(parts: PermissionParts): Route {
  return route({
    ...optOutTerms,
    method: 'POST',
    path: '/v1/opt-outs',
    creates: true,
    summary: 'Adds an opt-out; acts on the next call.',
    body: fields.newOptOut,
    answers: {
      200: { help: 'It existed before and is unchanged.', schema: fields.optOut },
      201: { help: 'The opt-out.', schema: fields.optOut },
    },
    run: async ({ caller, body }) => {
      const tenantId = await tenantGiven(parts, caller, { body: body.tenant })
      if (typeof tenantId === 'object') return tenantId
      const { number: e164, scope, source } = body
      const asked = { tenantId, e164, scope, source, atMs: parts.clock.now() }
      const record = (event: StateChanged) => parts.audit.append(event)
      const { optOut, isNew } = await keepOptOut(parts.store.permissions, asked, record)
      return { status: isNew ? 201 : 200, body: fields.shownOptOut(optOut) }
    },
  })
}

const consentTerms = { tag: 'consents', access, problems: ['request_unfit'] } as const

/** Who has agreed to be called; evidence is added and revoked, never changed. */
export function consentRoutes(parts: PermissionParts): readonly Route[] {
  const { permissions } = parts.store
  const record = (event: StateChanged) => parts.audit.append(event)
  const common = consentTerms
  return [
    route({
      ...common,
      method: 'GET',
      path: '/v1/consents',
      summary:
        "A tenant's consents on record, of all numbers or one; also revoked and expired ones.",
      query: fields.listed,
      answers: { 200: { help: 'A page of consents.', schema: pageOf(fields.consent) } },
      run: async ({ caller, query }) => {
        const tenantId = await tenantNeeded(parts, caller, { query: query.tenant })
        if (typeof tenantId === 'object') return tenantId
        const { number } = query
        const asked = { ...query, list: `consents ${number ?? ''}` }
        const page =
          number === undefined
            ? await listed(asked, (page) => permissions.listConsents(tenantId, page))
            : pageOfNamed(await permissions.consentsOf(tenantId, number), ({ id }) => id, asked)
        if ('problem' in page) return page
        const items = page.items.map((one) => fields.shownConsent(one))
        return { status: 200, body: { items, next: page.next }, read: `consents:${items.length}` }
      },
    }),
    route({
      ...common,
      method: 'POST',
      path: '/v1/consents',
      creates: true,
      summary: 'Puts a consent on record.',
      body: fields.newConsent,
      answers: { 201: { help: 'The consent.', schema: fields.consent } },
      problems: ['conflict', 'request_unfit'],
      run: async ({ caller, body }) => {
        const tenantId = await tenantNeeded(parts, caller, { body: body.tenant })
        if (typeof tenantId === 'object') return tenantId
        const { givenAt, expiresAt } = body
        if (expiresAt && Date.parse(expiresAt) <= Date.parse(givenAt)) {
          return unfit('body', '/expiresAt', 'must be after givenAt')
        }
        const consent = fields.consentFrom(body, tenantId)
        const added = await keepConsents(permissions, [consent], record)
        if (added === 0) return { problem: 'conflict', detail: 'A consent with this id exists.' }
        return { status: 201, body: fields.shownConsent(consent) }
      },
    }),
    revokeRoute(parts),
    importRoute(parts),
  ]
}

function importRoute(parts: PermissionParts): Route {
  const record = (event: StateChanged) => parts.audit.append(event)
  return route({
    ...consentTerms,
    method: 'POST',
    path: '/v1/consents/import',
    streamed,
    creates: true,
    summary:
      'Adds consents from CSV with the columns `id`, `number`, `purpose`, `how`, `given_at`, `evidence` and, optionally, `expires_at`.',
    query: fields.importing,
    answers: { 200: { help: 'What was added, and the bad lines.', schema: fields.report } },
    run: async ({ caller, query, body, once }) => {
      const tenantId = await tenantNeeded(parts, caller, { query: query.tenant })
      if (typeof tenantId === 'object') return tenantId
      const source = new BoundedBytes(body as unknown as Readable, importBytesMax)
      const { report, consents = [] } = await readConsents(source, tenantId, query.badLines)
      return once(source.digest(), async () => {
        return reported(report, await keepConsents(parts.store.permissions, consents, record))
      })
    },
  })
}

function revokeRoute(parts: PermissionParts): Route {
  return route({
    ...consentTerms,
    method: 'POST',
    path: '/v1/consents/{consentId}/revoke',
    summary: 'Revokes a consent; acts on the next call.',
    params: fields.oneConsent,
    body: fields.whose,
    answers: { 204: { help: 'It is revoked.' } },
    run: async ({ caller, params, body }) => {
      const tenantId = await tenantNeeded(parts, caller, { body: body.tenant })
      if (typeof tenantId === 'object') return tenantId
      const atMs = parts.clock.now()
      const was = await parts.store.permissions.revokeConsent(tenantId, params.consentId, atMs)
      if (!was) return notFound
      await parts.audit.append(consentRevoked(tenantId, params.consentId))
      return { status: 204 }
    },
  })
}

/** A page as the store has it. */
interface StoredPage<Item> {
  readonly items: readonly Item[]
  readonly next: string | undefined
}

/** A page of what the store lists, behind the place that the store itself has named. */
async function listed<Item>(
  { list, limit, cursor }: PageOf,
  read: (asked: PageAsked) => Promise<StoredPage<Item>>,
): Promise<Page<Item> | Problem> {
  const place = cursor === undefined ? undefined : placeIn(list, cursor)
  if (cursor !== undefined && place === undefined) return cursorUnknown
  try {
    const { items, next } = await read({ limit, cursor: place })
    return { items, next: next === undefined ? null : cursorAt(list, next) }
  } catch (error) {
    // Made by a gate with another kind of store.
    if (error instanceof RangeError) return cursorUnknown
    throw error
  }
}

/** Tells the opt-outs of one number from each other; no tenant's id comes behind everybody's sign. */
function nameOf({ tenantId = '~', scope }: { tenantId?: string | undefined; scope: string }) {
  return `${tenantId} ${scope}`
}

function reported({ ok, linesTaken, linesBad, faults }: CsvReport, added: number): Answer {
  const shown = faults.map(({ line, column = null, reason }) => ({ line, column, reason }))
  const body = { ok, linesTaken, linesBad, added, faults: shown }
  return { status: 200, body, brief: { ...body, faults: shown.slice(0, briefFaults) } }
}

/** Where the tenant is named, and how. */
type TenantGiven = { readonly query: string | undefined } | { readonly body: string | undefined }

function noTenant(given: TenantGiven): Problem {
  const reason = 'is unknown or not yours'
  return 'query' in given ? unfit('query', 'tenant', reason) : unfit('body', '/tenant', reason)
}

/** The tenant that is meant; undefined: everybody, which is the operator's to say. */
async function tenantGiven(
  { store }: PermissionParts,
  caller: Caller,
  given: TenantGiven,
): Promise<TenantId | undefined | Problem> {
  const own = tenantOf(caller)
  const id = 'query' in given ? given.query : given.body
  if (own !== undefined) return id === undefined || id === own ? own : noTenant(given)
  if (id === undefined) return undefined
  return (await store.directory.findTenant(id as TenantId))?.id ?? noTenant(given)
}

async function tenantNeeded(
  parts: PermissionParts,
  caller: Caller,
  given: TenantGiven,
): Promise<TenantId | Problem> {
  return (await tenantGiven(parts, caller, given)) ?? noTenant(given)
}
