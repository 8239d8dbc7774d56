import { z } from '../../config/zod.ts'
import { type Reason, reasons } from '../../domain/refusals.ts'
import type { CallRecord } from '../../records/record.ts'
import type { RecordSearch } from '../../records/search-thread.ts'
import { type Caller, tenantOf } from '../caller.ts'
import { cursorUnknown } from '../paging.ts'
import type { Problem } from '../problem.ts'
import { type Answer, notFound, type Route, route } from '../route.ts'
import { e164, entryId, ipAddress, keyId, moment, pageOf, paging, sipCallId } from '../schemas.ts'

const callId = z
  .string()
  .regex(/^[\x21-\x7e]{1,100}$/)
  .describe("Tollgate's id of a call.")
const text = z.string().nullable()
const at = moment.nullable()

const call = z.strictObject({
  callId,
  at: moment,
  direction: z.enum(['outbound', 'inbound']),
  tenant: text,
  keyId: text,
  admitted: z.boolean(),
  reason: text,
  mode: text,
  caller: text.describe('`erased` once the key it is sealed with is destroyed.'),
  called: text,
  sourceAddress: text,
  sipCallId: text,
  attestation: text,
  trunkId: text,
  carrierId: text.describe("Null for tenants' keys, as is `gatewayId`."),
  gatewayId: text,
  attempts: z.int(),
  ringingAt: at,
  answeredAt: at,
  endedAt: at,
  endedBy: text,
  cause: text,
  status: z.int().nullable(),
  durationMs: z.int().nullable(),
  costMicros: z.int().nullable(),
  currency: text,
})

const filters = z.strictObject({
  ...paging,
  tenant: entryId.optional().describe("Only this tenant's; a tenant's key finds its own alone."),
  keyId: keyId.optional(),
  number: e164.optional().describe('The caller or the called number.'),
  caller: e164.optional(),
  called: e164.optional(),
  callId: callId.optional(),
  sipCallId: sipCallId.optional(),
  sourceAddress: ipAddress.optional().describe('The address that it came from.'),
  reason: z.enum(reasons as [Reason, ...Reason[]]).optional(),
  direction: z.enum(['outbound', 'inbound']).optional(),
  decision: z.enum(['admitted', 'refused']).optional(),
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
