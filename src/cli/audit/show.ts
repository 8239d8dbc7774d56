import type { AuditEvent, StoredEvent } from '../../audit/event.ts'
import { type LogEntry, readEntries } from '../../audit/read.ts'
import type { CallId } from '../../domain/attempt.ts'
import { canonicalJson } from '../../kernel/canonical-json.ts'
import { readArguments } from '../arguments.ts'
import { type Command, exitCodes, printable } from '../command.ts'
import { archiveOptions, archiveUsage, inArchive } from './archive.ts'

/** `tollgate audit show`: 0 with the call's events, 1 when there are none, 3 when there is no log. */
export const auditShow: Command = {
  recorded: 'whole',
  usage: `audit show <call-id> ${archiveUsage}`,
  help: "Print a call's events, oldest first; the id is ours or the SIP Call-ID of the caller. Without settings what is sealed stays so.",
  async run(args, terminal) {
    const otherwise = 'exactly one call id is needed'
    const asked = { options: archiveOptions, count: 1, otherwise } as const
    const { values, argument: wanted } = readArguments(args, asked)
    return inArchive(values, async ({ dir, opener }) => {
      const callIds = new Set<string>([wanted])
      let shown = 0
      for await (const entry of readEntries(dir)) {
        const stored = entry.event as unknown as StoredEvent
        const isOpened = opener && isOfCall(entry.event, callIds, true)
        const event = isOpened ? opener.open(stored, entry.atMs).event : entry.event
        if (event.type === 'call.decided' && event.sipCallId === wanted) callIds.add(event.callId)
        if (!isOfCall(event, callIds, false)) continue
        terminal.out(eventLine(entry, event))
        shown++
      }
      if (shown > 0) return exitCodes.ok
      terminal.err(`No event of ${printable(wanted)} is in ${dir}.`)
      return exitCodes.no
    })
  },
}

/** Whether it is of one of the calls, or, for who looks for a Call-ID, may be. */
function isOfCall(event: AuditEvent, callIds: ReadonlySet<string>, mayBe: boolean): boolean {
  if (!('callId' in event)) return false
  return callIds.has(event.callId as CallId) || (mayBe && event.type === 'call.decided')
}

/** Index, moment, type, and the rest as JSON. */
function eventLine({ index, atMs }: LogEntry, { type, ...rest }: AuditEvent): string {
  return printable(`${index} ${new Date(atMs).toISOString()} ${type} ${canonicalJson(rest)}`)
}
