import { z } from '../../config/zod.ts'
import type { CallId } from '../../domain/attempt.ts'
import { pageOfNamed } from '../paging.ts'
import { notFound, type Route, route } from '../route.ts'
import { entryId, keyId, moment, pageOf, paging } from '../schemas.ts'

/** The calls in progress on this gate. */
export interface LiveCalls {
  list(): readonly {
    readonly id: CallId
    readonly sinceMs: number
    readonly holder: { readonly keyId: string | undefined; readonly tenantId: string } | undefined
    readonly isEmergency: boolean
  }[]
  /** False where it is not in progress, or an emergency. */
  end(id: CallId, cause: string): boolean
}

const callId = z
  .string()
  .regex(/^[\x21-\x7e]{1,100}$/)
  .describe("Tollgate's id of a call.")
const liveCall = z.strictObject({
  callId,
  since: moment.describe('When its INVITE came.'),
  tenant: entryId.nullable().describe('The tenant whose call it is. Null: none is known.'),
  keyId: keyId.nullable().describe('The key that placed it. Null: none is known.'),
  emergency: z.boolean().describe('Whether it is an emergency call, which is never ended.'),
})

const common = { tag: 'live calls', access: { operator: true } } as const

/** Listing and ending the calls in progress on this gate. */
export function liveCallRoutes(calls: LiveCalls): readonly Route[] {
  return [
    route({
      ...common,
      method: 'GET',
      path: '/v1/live-calls',
      summary: 'Calls in progress on this gate, in the order of their ids.',
      query: z.strictObject({
        ...paging,
        tenant: entryId.optional().describe("Only this tenant's."),
      }),
      answers: { 200: { help: 'A page of calls.', schema: pageOf(liveCall) } },
      run: async ({ query }) => {
        const { tenant } = query
        const all = calls.list().filter(({ holder }) => !tenant || holder?.tenantId === tenant)
        const page = pageOfNamed(all, ({ id }) => id, { ...query, list: 'live calls' })
        if ('problem' in page) return page
        const items = page.items.map(({ id, sinceMs, holder, isEmergency }) => ({
          callId: id,
          since: new Date(sinceMs).toISOString(),
          emergency: isEmergency,
          tenant: holder?.tenantId ?? null,
          keyId: holder?.keyId ?? null,
        }))
        return { status: 200, body: { items, next: page.next }, read: `live calls:${items.length}` }
      },
    }),
    route({
      ...common,
      method: 'POST',
      path: '/v1/live-calls/{callId}/end',
      summary: 'Ends a call in progress; an emergency call is never ended.',
      params: z.strictObject({ callId }),
      answers: { 202: { help: 'It is being ended.' } },
      problems: ['not_found', 'conflict'],
      run: async ({ params }) => {
        const id = params.callId as CallId
        const call = calls.list().find((one) => one.id === id)
        if (!call) return notFound
        if (call.isEmergency) return { problem: 'conflict', detail: 'It is an emergency call.' }
        return calls.end(id, 'operator') ? { status: 202 } : notFound
      },
    }),
  ]
}
