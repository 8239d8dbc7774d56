import { z } from '../../config/zod.ts'
import { callClasses } from '../../domain/call-class.ts'
import { type ComplianceTables, evidenceKinds, recordingRules } from '../../domain/compliance.ts'
import { pageOfNamed } from '../paging.ts'
import { type Route, route } from '../route.ts'
import { pageOf, paging } from '../schemas.ts'

export interface ComplianceParts {
  /** The tables that the next call is judged by. */
  readonly law: () => ComplianceTables
}

const tables = ['hours', 'attempts', 'recording', 'consent'] as const
const tablesHelp =
  '`hours`: when calls may be placed; `attempts`: how often to one number; `recording`: what a recording needs; `consent`: which calls need consent.'
const minute = z.int().min(0).max(1440)
const row = z.strictObject({
  table: z.enum(tables).describe(tablesHelp),
  region: z.string().describe('ISO 3166; `*`: every region without a row of its own.'),
  subdivision: z.string().nullable().describe('ISO 3166-2 without the country.'),
  source: z.string().describe('The law or the page that the row is taken from.'),
  checked: z.string().describe('The date on which that was checked, ISO 8601.'),
  evidence: z
    .enum(evidenceKinds)
    .describe(
      'What that check has seen: the words (`read`), a summary of them (`secondary`), or neither (`unverified`).',
    ),
  classes: z.array(z.enum(callClasses)).nullable().describe('The call classes that it is about.'),
  week: z
    .array(
      z.array(
        z.strictObject({
          from: minute.describe('First minute of the day, 0 for midnight.'),
          to: minute.describe('First minute after it, 1440 at most.'),
        }),
      ),
    )
    .nullable()
    .describe('In `hours`: when calls may be placed, in minutes of the local day, Sunday first.'),
  closedOnHolidays: z
    .boolean()
    .nullable()
    .describe('In `hours`: whether public holidays have no calls.'),
  window: z
    .enum(['24h', '30d'])
    .nullable()
    .describe('In `attempts`: any 24 hours, or any 30 days.'),
  attemptsMax: z.int().nullable().describe('In `attempts`: to one number within the window.'),
  rule: z
    .enum(recordingRules)
    .nullable()
    .describe(
      'In `recording`: what must happen before a call is recorded: one who takes part knows (`one_party`), all are told (`announcement`), all agree (`all_party`), or nobody may (`none`).',
    ),
})
const none = {
  classes: null,
  week: null,
  closedOnHolidays: null,
  window: null,
  attemptsMax: null,
  rule: null,
}

/** The law as calls are judged by it, row by row with its sources. */
export function complianceRoutes({ law }: ComplianceParts): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/v1/compliance-tables',
      tag: 'compliance tables',
      access: { operator: true },
      summary:
        'The rows of the compliance tables that this gate judges calls by (docs/law-and-lists.md).',
      query: z.strictObject({
        ...paging,
        table: z.enum(tables).optional().describe(`Only the rows of one table. ${tablesHelp}`),
        region: z
          .string()
          .regex(/^(?:[A-Z]{2}|[*]|001)$/)
          .optional()
          .describe('Only the rows of this region: ISO 3166, `001`, or `*`.'),
      }),
      answers: { 200: { help: 'A page of rows.', schema: pageOf(row) } },
      run: async ({ query }) => {
        const asked = { ...query, list: 'compliance' }
        const page = pageOfNamed(rowsOf(law(), query), ({ name }) => name, asked)
        if ('problem' in page) return page
        const items = page.items.map(({ shown }) => shown)
        return { status: 200, body: { items, next: page.next }, read: `rows:${items.length}` }
      },
    }),
  ]
}

interface Wanted {
  readonly table?: (typeof tables)[number] | undefined
  readonly region?: string | undefined
}

function rowsOf(law: ComplianceTables, wanted: Wanted) {
  const all = tables.flatMap((table) => {
    return law[table].map((one, at) => {
      const name = `${one.region} ${one.subdivision ?? ''} ${table} ${at}`
      const shown = { ...none, ...one, table, subdivision: one.subdivision ?? null }
      return { name, shown }
    })
  })
  return all.filter(({ shown: { table, region } }) => {
    return table === (wanted.table ?? table) && region === (wanted.region ?? region)
  })
}
