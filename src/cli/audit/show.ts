import { type LogEntry, readEntries } from '../../audit/read.ts'
import { canonicalJson } from '../../kernel/canonical-json.ts'
import { readArguments } from '../arguments.ts'
import { type Command, exitCodes, printable } from '../command.ts'
import { defaultDir, dirOption } from './options.ts'

/** `tollgate audit show`: 0 with the call's events, 1 when there are none, 3 when there is no log. */
export const auditShow: Command = {
  usage: `audit show <call-id> [--dir ${defaultDir}]`,
  help: "Print a call's events, oldest first; the id is ours or the SIP Call-ID of the caller.",
  async run(args, terminal) {
    const otherwise = 'exactly one call id is needed'
    const { values, argument: wanted } = readArguments(args, {
      options: dirOption,
      count: 1,
      otherwise,
    })
    const { dir } = values
    const callIds = new Set([wanted])
    let shown = 0
    for await (const entry of readEntries(dir)) {
      const { event } = entry
      if (event.type === 'call.decided' && event.sipCallId === wanted) callIds.add(event.callId)
      if (!('callId' in event) || !callIds.has(event.callId)) continue
      terminal.out(eventLine(entry))
      shown++
    }
    if (shown > 0) return exitCodes.ok
    terminal.err(`No event of ${printable(wanted)} is in ${dir}.`)
    return exitCodes.no
  },
}

/** Index, moment, type, and the rest as JSON. */
function eventLine({ index, atMs, event }: LogEntry): string {
  const { type, ...rest } = event
  return printable(`${index} ${new Date(atMs).toISOString()} ${type} ${canonicalJson(rest)}`)
}
