import type { AuditLog } from '../../audit/event.ts'
import { banLifted } from '../../audit/state-changed.ts'
import { z } from '../../config/zod.ts'
import type { Ban, BanList } from '../../domain/ban-list.ts'
import { pageOfNamed } from '../paging.ts'
import { notFound, type Route, route } from '../route.ts'
import { moment, pageOf, paging } from '../schemas.ts'

/** Who is not heard: by the engine where it can, and by this gate. */
export interface Bans {
  readonly engine: Pick<BanList, 'list'> | undefined
  readonly guard: { bans(): readonly Ban[]; lift(source: string): boolean }
}

const source = z
  .string()
  .regex(/^[0-9a-fA-F.:]{2,45}(?:\/64)?$/)
  .describe('IPv4 address, or IPv6 network such as 2001:db8:1:2::/64.')
const ban = z.strictObject({ source, until: moment.describe('When the ban ends.') })

const common = { tag: 'bans', access: { operator: true } } as const

/** Listing and lifting bans. */
export function banRoutes(
  { engine, guard }: Bans,
  audit: Pick<AuditLog, 'append'>,
): readonly Route[] {
  const all = async () => {
    const known = new Map([...((await engine?.list()) ?? []), ...guard.bans()].map(pairOf))
    return [...known].map(([from, untilMs]) => ({ source: from, untilMs }))
  }
  return [
    route({
      ...common,
      method: 'GET',
      path: '/v1/bans',
      summary: 'Sources that are banned.',
      query: z.strictObject(paging),
      answers: { 200: { help: 'A page of bans.', schema: pageOf(ban) } },
      run: async ({ query }) => {
        const page = pageOfNamed(await all(), (one) => one.source, { ...query, list: 'bans' })
        if ('problem' in page) return page
        const items = page.items.map(({ source: from, untilMs }) => {
          return { source: from, until: new Date(untilMs).toISOString() }
        })
        return { status: 200, body: { items, next: page.next }, read: `bans:${items.length}` }
      },
    }),
    route({
      ...common,
      method: 'POST',
      path: '/v1/bans/lift',
      summary: 'Lifts the ban on a source.',
      body: z.strictObject({ source }).meta({ examples: [{ source: '192.0.2.1' }] }),
      answers: { 204: { help: 'The ban is lifted.' } },
      problems: ['not_found'],
      run: async ({ body }) => {
        const ban = (await all()).find((one) => one.source === body.source)
        if (!ban) return notFound
        guard.lift(body.source)
        await audit.append(banLifted(body.source, ban.untilMs))
        return { status: 204 }
      },
    }),
  ]
}

function pairOf({ source: from, untilMs }: Ban): [string, number] {
  return [from, untilMs]
}
