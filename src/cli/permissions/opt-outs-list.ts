import { command, exitCodes, UsageError } from '../command.ts'
import { inOffice } from '../keys/office.ts'
import { officeOptions } from '../line/common.ts'
import { optional, withDefault } from '../line/options.ts'
import { show } from '../line/show.ts'
import { wholeNumber, word } from '../line/values.ts'
import { tenantGiven } from './permission-options.ts'

/** Opt-outs of one page at most. */
const pageMax = 1_000

/** `tollgate opt-outs list`: a page of opt-outs; 1 where there is none. */
export const optOutsList = command({
  recorded: 'whole',
  options: {
    tenant: optional(word('<id>'), 'The tenant; without it, those for all.'),
    limit: withDefault(wholeNumber('<count>', 1), '100', `How many, ${pageMax} at most.`),
    cursor: optional(
      word('<cursor>'),
      'Where to go on: the cursor at the end of the previous page.',
    ),
    ...officeOptions,
  },
  no: 'there is none',
  async run({ values }, terminal) {
    return inOffice(values.config, async (office) => {
      const { tenant, json } = values
      const tenantId = tenant === undefined ? undefined : tenantGiven(tenant, office)
      const asked = { limit: Math.min(values.limit, pageMax), cursor: values.cursor }
      const { items, next } = await office.books.permissions
        .listOptOuts(tenantId, asked)
        .catch((error: unknown) => {
          throw error instanceof RangeError
            ? new UsageError('--cursor is not one that this command gave')
            : error
        })
      const rows = items.map(({ e164, scope, atMs, source }) => {
        return [e164, scope, new Date(atMs).toISOString(), source]
      })
      const table = { columns: ['number', 'scope', 'since', 'source'], rows }
      show(terminal, { json, value: { items, next: next ?? null }, table })
      if (next !== undefined && !json) terminal.err(`There is more: --cursor '${next}'`)
      return items.length > 0 ? exitCodes.ok : exitCodes.no
    })
  },
})
