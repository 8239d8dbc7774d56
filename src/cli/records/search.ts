import { pageRecordsMax } from '../../records/call-records.ts'
import { withTexts } from '../../records/export.ts'
import { readArguments, wholeNumber } from '../arguments.ts'
import { inRecords } from '../audit/archive.ts'
import { lineOf } from '../audit/trace.ts'
import { type Command, exitCodes } from '../command.ts'
import { filterOptions, filterUsage, queryOf } from './filters.ts'

const options = {
  ...filterOptions,
  json: { type: 'boolean', default: false },
  limit: { type: 'string', default: '100' },
  cursor: { type: 'string' },
} as const

/** `tollgate records search`: a page of call records, the newest first; 1 where there is none. */
export const recordsSearch: Command = {
  recorded: 'whole',
  usage: `records search ${filterUsage} [--limit 100] [--cursor <cursor>] [--json]`,
  help: `Print call records, the newest first, at most ${pageRecordsMax} at a time.`,
  async run(args, terminal) {
    const otherwise = 'no argument belongs here'
    const { values } = readArguments(args, { options, count: 0, otherwise })
    const query = queryOf(values)
    const limit = wholeNumber('limit', values.limit)
    return inRecords(values.config, terminal, async ({ records }) => {
      const page = records.search(query, { limit, cursor: values.cursor })
      for (const record of page.records) {
        terminal.out(values.json ? JSON.stringify(withTexts(record)) : lineOf(record))
      }
      if (page.next !== undefined) terminal.err(`There is more: --cursor ${page.next}`)
      return page.records.length > 0 ? exitCodes.ok : exitCodes.no
    })
  },
}
