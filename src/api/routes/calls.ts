import { eventTypes } from '../../audit/event-types.ts'
import { z } from '../../config/zod.ts'
import { type Reason, reasons } from '../../domain/refusals.ts'
import type { CallRecord } from '../../records/record.ts'
import type { RecordSearch } from '../../records/search-thread.ts'
import { type Caller, tenantOf } from '../caller.ts'
import { cursorUnknown } from '../paging.ts'
import type { Problem } from '../problem.ts'
import { type Answer, notFound, type Route, route } from '../route.ts'
import {
  e164,
  entryId,
  ipAddress,
  keyId,
  moment,
  pageOf,
  paging,
  sipCallId,
  unlinked,
} from '../schemas.ts'

const callId = z
  .string()
  .regex(/^[\x21-\x7e]{1,100}$/)
  .describe("Tollgate's id of a call.")
const at = moment.nullable()
const { members: decided } = eventTypes['call.decided']
const { members: dialled } = eventTypes['call.dialled']
const { members: ended } = eventTypes['call.ended']

/** What the audit log says of a member, and of what there is not always, when it is null. */
function told({ help }: { readonly help: string }, whenNull = ''): string {
  return [unlinked(help), ...(whenNull ? [`Null ${whenNull}.`] : [])].join(' ')
}

function text(member: { readonly help: string }, whenNull: string) {
  return z.string().nullable().describe(told(member, whenNull))
}

/** A text that is sealed in the log. */
function sealed({ help }: { readonly help: string }, whenNull: string) {
  return text({ help: `${help} \`erased\` once the key it is sealed with is destroyed.` }, whenNull)
}

const unended = 'until it ends, and if it was refused'

const call = z.strictObject({
  callId,
  at: moment.describe('When it was admitted or refused.'),
  direction: z.enum(['outbound', 'inbound']).describe(told(decided.direction)),
  tenant: text(decided.tenantId, 'if none is known'),
  keyId: text(decided.keyId, 'if none was'),
  admitted: z.boolean().describe(told(decided.admitted)),
  reason: text(decided.reason, 'if it was admitted'),
  mode: text(decided.mode, 'if no key was proven'),
  caller: sealed(decided.caller, 'if nobody is named'),
  called: sealed(decided.called, 'if nobody is named'),
  sourceAddress: sealed({ help: 'The address that it came from.' }, 'if it is not known'),
  sipCallId: sealed(decided.sipCallId, 'if it is not known'),
  attestation: text(decided.attestation, 'if it has none'),
  trunkId: text(decided.trunkId, 'if there is none'),
  carrierId: text(
    { help: 'The carrier that it went out by, or that brought it.' },
    "if there is none, and for tenants' keys",
  ),
  gatewayId: text(dialled.gatewayId, "until one is dialled, and for tenants' keys"),
  attempts: z.int().describe('How many gateways or targets were dialled for it.'),
  ringingAt: at.describe('When it first rang. Null if it did not.'),
  answeredAt: at.describe('When it was answered. Null if it was not.'),
  endedAt: at.describe(`When it ended. Null ${unended}.`),
  endedBy: text(ended.endedBy, unended),
  cause: text(ended.cause, unended),
  status: z.int().nullable().describe(told(ended.status, unended)),
  durationMs: z.int().nullable().describe(told(ended.durationMs, unended)),
  costMicros: z.int().nullable().describe(told(ended.costMicros, 'where the cost is not known')),
  currency: text(ended.currency, 'where the cost is not known'),
})

const filters = z.strictObject({
  ...paging,
  tenant: entryId.optional().describe("Only this tenant's; a tenant's key finds its own alone."),
  keyId: keyId.optional().describe('Only those of this key.'),
  number: e164.optional().describe('The caller or the called number.'),
  caller: e164.optional().describe('The number of the caller, E.164 with `+`.'),
  called: e164.optional().describe('The called number, E.164 with `+`.'),
  callId: callId.optional(),
  sipCallId: sipCallId.optional(),
  sourceAddress: ipAddress.optional().describe('The address that it came from.'),
  reason: z
    .enum(reasons as [Reason, ...Reason[]])
    .optional()
    .describe('Only what was refused for this reason (`docs/refusals.md`).'),
  direction: z.enum(['outbound', 'inbound']).optional().describe(told(decided.direction)),
  decision: z
    .enum(['admitted', 'refused'])
    .optional()
    .describe('Only what was `admitted`, or what was `refused`.'),
  from: moment.optional().describe('From this moment on.'),
  to: moment.optional().describe('Up to, not including, this moment.'),
})

const common = { tag: 'calls', access: { operator: true, scope: 'logs:read' } } as const

/** Records of calls and refusals: of the own tenant, and to the operator of all. */
export function callRoutes(records: Pick<RecordSearch, 'search'>): readonly Route[] {
  return [
    route({
      ...common,
      method: 'GET',
      path: '/v1/calls',
      summary: 'Records of calls and refusals, newest first; about a second behind.',
      query: filters,
      answers: { 200: { help: 'A page of records.', schema: pageOf(call) } },
      run: ({ caller, query }) => found(records, caller, query),
    }),
    route({
      ...common,
      method: 'GET',
      path: '/v1/calls/{callId}',
      summary: 'One call or refusal.',
      params: z.strictObject({ callId }),
      answers: { 200: { help: 'Its record.', schema: call } },
      run: async ({ caller, params }) => {
        const query = { callId: params.callId, tenants: tenantsOf(caller, undefined) }
        const [record] = (await records.search(query, { limit: 1 })).records
        return record ? { status: 200, body: shown(caller, record), read: 'calls:1' } : notFound
      },
    }),
  ]
}

async function found(
  records: Pick<RecordSearch, 'search'>,
  caller: Caller,
  asked: z.output<typeof filters>,
): Promise<Answer | Problem> {
  const { limit, cursor, tenant, decision, from, to, ...rest } = asked
  const query = {
    ...rest,
    tenants: tenantsOf(caller, tenant),
    admitted: decision === undefined ? undefined : decision === 'admitted',
    fromMs: from === undefined ? undefined : Date.parse(from),
    toMs: to === undefined ? undefined : Date.parse(to),
  }
  try {
    const page = await records.search(query, { limit, cursor })
    const items = page.records.map((record) => shown(caller, record))
    const read = `calls:${items.length}`
    return { status: 200, body: { items, next: page.next ?? null }, read }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return cursorUnknown
  }
}

/** A tenant's key asks of its own tenant, whatever it names: of another it finds nothing. */
function tenantsOf(caller: Caller, tenant: string | undefined): readonly string[] | undefined {
  const own = tenantOf(caller)
  if (own === undefined) return tenant === undefined ? undefined : [tenant]
  return tenant === undefined || tenant === own ? [own] : []
}

/** A record as it is shown: by which carriers calls go is not for tenants. */
function shown(caller: Caller, record: CallRecord): z.output<typeof call> {
  const {
    index: _,
    later: _later,
    atMs,
    ringingAtMs,
    answeredAtMs,
    endedAtMs,
    tenantId,
    ...rest
  } = record
  const { sourcePort: _port, sourceProtocol: _protocol, ...told } = rest
  const way = caller.kind === 'operator' ? {} : { carrierId: null, gatewayId: null }
  const known = Object.fromEntries(
    Object.entries({ ...told, ...way }).map(([name, value]) => [name, value ?? null]),
  )
  return {
    ...(known as Omit<z.output<typeof call>, 'at' | 'tenant'>),
    at: new Date(atMs).toISOString(),
    tenant: tenantId ?? null,
    ringingAt: momentText(ringingAtMs),
    answeredAt: momentText(answeredAtMs),
    endedAt: momentText(endedAtMs),
  }
}

function momentText(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString()
}
