import { pageRecordsMax } from '../../records/call-records.ts'
import { withTexts } from '../../records/export.ts'
import { inRecords } from '../audit/archive.ts'
import { lineOf } from '../audit/trace.ts'
import { command, exitCodes } from '../command.ts'
import { jsonOption, optional, withDefault } from '../line/options.ts'
import { show } from '../line/show.ts'
import { wholeNumber, word } from '../line/values.ts'
import { filterOptions, queryOf } from './filters.ts'

/** `tollgate records search`: a page of call records, the newest first; 1 where there is none. */
export const recordsSearch = command({
  recorded: 'whole',
  options: {
    ...filterOptions,
    limit: withDefault(wholeNumber('<count>', 1), '100', `How many, ${pageRecordsMax} at most.`),
    cursor: optional(
      word('<cursor>'),
      'Where to go on: the cursor at the end of the previous page.',
    ),
    json: jsonOption,
  },
  no: 'there is none',
  async run({ values }, terminal) {
    const { limit, cursor, json } = values
    return inRecords(values.config, terminal, async ({ records, nothing }) => {
      const page = records.search(queryOf(values), { limit, cursor })
      const value = { items: page.records.map(withTexts), next: page.next ?? null }
      show(terminal, { json, value, lines: page.records.map(lineOf) })
      if (page.next !== undefined && !json) terminal.err(`There is more: --cursor ${page.next}`)
      return page.records.length > 0 ? exitCodes.ok : nothing
    })
  },
})
