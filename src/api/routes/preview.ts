import { changeableLists } from '../../config/changed-entries.ts'
import { z } from '../../config/zod.ts'
import type { ChangeResult, Declared, EntryProblem } from '../../declared/declared.ts'
import { fileEdits } from '../../declared/file-edits.ts'
import { type Route, route } from '../route.ts'
import { shownDifference } from './declared.ts'
import { difference, plainEntry } from './declared-schemas.ts'

export interface PreviewParts {
  readonly entries: Pick<Declared, 'whole' | 'keys' | 'file' | 'preview'>
}

const bodyBytesMax = 1_048_576
/** Entries of one list. */
const entriesMax = 10_000

const lists = [...changeableLists, 'keys'] as const
const entriesOf = (list: string) =>
  z
    .array(plainEntry)
    .max(entriesMax)
    .optional()
    .describe(`Entries of the list \`${list}\`; default: it stays as it is.`)
const file = z.strictObject(Object.fromEntries(lists.map((list) => [list, entriesOf(list)])))
const previewed = z.strictObject({
  outcome: z
    .enum(['changed', 'unchanged', 'refused'])
    .describe(
      '`changed`: it would change `changes`; `unchanged`: all is as it says; `refused`: for `problems`.',
    ),
  revision: z.int().nullable().describe('The newest change; null if refused.'),
  changes: z.array(difference).describe('Every entry that would change.'),
  problems: z
    .array(
      z.strictObject({
        list: difference.shape.list,
        id: difference.shape.id,
        path: z.string().describe('The field, such as `trunks[pbx].targets[0].host`.'),
        reason: z.string().describe('What is wrong with it.'),
      }),
    )
    .describe('Every reason why it would be refused.'),
})

/** What `tollgate apply` would make of a file; nothing of it is made. */
export function previewRoutes({ entries }: PreviewParts): readonly Route[] {
  return [
    route({
      method: 'POST',
      path: '/v1/declared/preview',
      tag: 'revisions',
      bodyBytesMax,
      access: { operator: true },
      summary: 'What applying a file would change, or why it would be refused; nothing is changed.',
      query: z.strictObject({
        prune: z
          .enum(['false', 'true'])
          .default('false')
          .describe('Whether what the lists of the file do not name would be removed.'),
      }),
      body: file.describe('What is declared, as in the file of settings (docs/configuration.md).'),
      answers: { 200: { help: 'What would happen.', schema: previewed } },
      run: async ({ body, query }) => {
        const present = {
          whole: entries.whole(),
          keys: await entries.keys(),
          own: entries.file.entries,
        }
        const { edits, problems } = fileEdits(body, present, query.prune === 'true')
        const result =
          problems.length > 0
            ? ({ outcome: 'invalid', problems } as const)
            : await entries.preview(edits)
        return { status: 200, body: shown(result), read: `changes:${edits.length}` }
      },
    }),
  ]
}

function shown(result: ChangeResult): z.output<typeof previewed> {
  const nothing = { revision: null, changes: [], problems: [] }
  switch (result.outcome) {
    case 'changed': {
      const changes = result.changes.map((each) => shownDifference(each))
      return { ...nothing, outcome: 'changed', revision: result.revision, changes }
    }
    case 'unchanged':
      return { ...nothing, outcome: 'unchanged', revision: result.revision }
    case 'conflict': {
      const { list, id } = result
      const reason = 'has changed in the meantime'
      return refused([{ list, id, path: `${list}[${id}]`, reason }])
    }
    case 'invalid':
      return refused(result.problems)
  }
}

function refused(problems: readonly EntryProblem[]): z.output<typeof previewed> {
  const told = problems.map(({ list, id, path, reason }) => ({ list, id, path, reason }))
  return { outcome: 'refused', revision: null, changes: [], problems: told }
}
