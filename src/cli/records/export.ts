import { exportFormats, exportLines } from '../../records/export.ts'
import { readArguments } from '../arguments.ts'
import { inRecords } from '../audit/archive.ts'
import { type Command, exitCodes, UsageError } from '../command.ts'
import { filterOptions, filterUsage, queryOf } from './filters.ts'

const options = { ...filterOptions, format: { type: 'string', default: 'csv' } } as const

/** `tollgate records export`: every record that fits, the oldest first, in constant memory. */
export const recordsExport: Command = {
  recorded: 'whole',
  usage: `records export [--format ${exportFormats.join('|')}] ${filterUsage}`,
  help: 'Write call records to standard output, the oldest first: CSV (RFC 4180) or JSON Lines.',
  async run(args, terminal) {
    const otherwise = 'no argument belongs here'
    const { values } = readArguments(args, { options, count: 0, otherwise })
    const format = exportFormats.find((each) => each === values.format)
    if (!format) throw new UsageError(`--format must be one of ${exportFormats.join(', ')}`)
    const query = queryOf(values)
    return inRecords(values.config, terminal, async ({ records }) => {
      for await (const line of exportLines(records.stream(query), format)) {
        // The terminal ends lines itself: of CRLF the CR is left to us.
        terminal.out(line.slice(0, -1))
        await terminal.drained?.()
      }
      return exitCodes.ok
    })
  },
}
