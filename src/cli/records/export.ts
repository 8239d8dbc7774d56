import { exportFormats, exportLines } from '../../records/export.ts'
import { inRecords } from '../audit/archive.ts'
import { command, exitCodes, printable } from '../command.ts'
import { withDefault } from '../line/options.ts'
import { choice } from '../line/values.ts'
import { filterOptions, queryOf } from './filters.ts'

/** `tollgate records export`: every record that fits, the oldest first, in constant memory. */
export const recordsExport = command({
  recorded: 'whole',
  options: {
    format: withDefault(choice(exportFormats), 'csv', 'CSV (RFC 4180) or JSON Lines.'),
    ...filterOptions,
  },
  withoutJson: '`--format jsonl` prints a line of JSON for each record',
  async run({ values }, terminal) {
    return inRecords(values.config, terminal, async ({ records }) => {
      for await (const line of exportLines(records.stream(queryOf(values)), values.format)) {
        // The terminal ends lines itself: of CRLF the CR is left to us. Callers choose their Call-ID.
        const end = line.endsWith('\r\n') ? '\r' : ''
        terminal.out(`${printable(line.slice(0, -1 - end.length))}${end}`)
        await terminal.drained?.()
      }
      return exitCodes.ok
    })
  },
})
