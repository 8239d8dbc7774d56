import { readNote, stateTopic } from '../../admission/breaker/notes.ts'
import type { AuditLog } from '../../audit/event.ts'
import { breakerClosed } from '../../audit/state-changed.ts'
import { z } from '../../config/zod.ts'
import type { Board } from '../../store/port.ts'
import { pageOfNamed } from '../paging.ts'
import { notFound, type Route, route } from '../route.ts'
import { moment, pageOf, paging } from '../schemas.ts'

const name = z
  .string()
  .regex(/^(?:key|tenant):[A-Za-z0-9._-]{1,100}$/)
  .describe('Whose: `key:<id>` or `tenant:<id>`.')
const breaker = z.strictObject({
  name,
  state: z
    .enum(['throttled', 'open', 'half_open'])
    .describe(
      '`throttled`: `attemptsFloor` calls a minute pass; `open`: none; `half_open`: trial calls.',
    ),
  since: moment.describe('When it came into this state.'),
  until: moment.describe('When an open one lets trial calls through.'),
  signals: z.record(z.string(), z.unknown()).describe('The figures that it tripped on.'),
})

const common = { tag: 'breakers', access: { operator: true } } as const

export interface BreakerParts {
  readonly store: { readonly board: Pick<Board, 'get' | 'notes' | 'post'> }
  readonly audit: Pick<AuditLog, 'append'>
}

/** The spike breakers that are not closed, and closing them. */
export function breakerRoutes({ store: { board }, audit }: BreakerParts): readonly Route[] {
  return [
    route({
      ...common,
      method: 'GET',
      path: '/v1/breakers',
      summary: 'Spike breakers that are throttled, open or half-open.',
      query: z.strictObject(paging),
      answers: { 200: { help: 'A page of breakers.', schema: pageOf(breaker) } },
      run: async ({ query }) => {
        const all = [...board.notes(stateTopic)].flatMap(([of, text]) => {
          const note = readNote(text)
          return note ? [{ of, ...note }] : []
        })
        const page = pageOfNamed(all, ({ of }) => of, { ...query, list: 'breakers' })
        if ('problem' in page) return page
        const items = page.items.map(({ of, state, sinceMs, untilMs, signals }) => ({
          name: of,
          state,
          signals,
          since: new Date(sinceMs).toISOString(),
          until: new Date(untilMs).toISOString(),
        }))
        return { status: 200, body: { items, next: page.next }, read: `breakers:${items.length}` }
      },
    }),
    route({
      ...common,
      method: 'POST',
      path: '/v1/breakers/{name}/close',
      summary: 'Closes a spike breaker, within a second on every gate; it starts measuring anew.',
      params: z.strictObject({ name }),
      answers: { 204: { help: 'It is closed.' } },
      problems: ['not_found'],
      run: async ({ params }) => {
        const text = board.get(stateTopic, params.name)
        if (text === undefined) return notFound
        await board.post(stateTopic, params.name, () => undefined)
        await audit.append(breakerClosed(params.name, readNote(text) ?? {}))
        return { status: 204 }
      },
    }),
  ]
}
