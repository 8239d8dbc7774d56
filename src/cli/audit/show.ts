import type { AuditEvent, StoredEvent } from '../../audit/event.ts'
import { readEntries, readKnown } from '../../audit/read.ts'
import type { CallId } from '../../domain/attempt.ts'
import { canonicalJson } from '../../kernel/canonical-json.ts'
import { command, exitCodes, printable } from '../command.ts'
import { Progress } from '../line/progress.ts'
import { show } from '../line/show.ts'
import { word } from '../line/values.ts'
import { inArchive, placesIn } from './archive.ts'
import { archiveOptions } from './options.ts'

/** `tollgate audit show`: 0 with the call's events, 1 when there are none, 3 when there is no log. */
export const auditShow = command({
  recorded: 'whole',
  argument: {
    type: word('<call-id>'),
    help: 'Our id of the call, or the SIP Call-ID of the caller.',
  },
  options: archiveOptions,
  no: 'the log has no event of it',
  async run({ values, argument: wanted }, terminal) {
    const places = await placesIn(values, terminal, wanted)
    return inArchive(values, async ({ dir, opener }) => {
      const known = {
        entries: places.flatMap(({ entries }) => entries),
        upTo: Math.min(...places.map(({ upTo }) => upTo)),
      }
      const callIds = new Set<string>([wanted, ...places.map(({ callId }) => callId)])
      using progress = new Progress(terminal, 'entries')
      const shown: Shown[] = []
      const tell = () =>
        show(terminal, { json: values.json, value: shown, lines: shown.map(eventLine) })
      try {
        const entries = places.length > 0 ? readKnown(dir, known) : readEntries(dir)
        for await (const entry of progress.over(entries)) {
          const stored = entry.event as unknown as StoredEvent
          const isOpened = opener && isOfCall(entry.event, callIds, true)
          const event = isOpened ? opener.open(stored, entry.atMs).event : entry.event
          if (event.type === 'call.decided' && event.sipCallId === wanted) callIds.add(event.callId)
          if (!isOfCall(event, callIds, false)) continue
          shown.push({ index: entry.index, at: new Date(entry.atMs).toISOString(), event })
        }
      } catch (error) {
        // What stands before a damage is shown too.
        if (shown.length > 0) tell()
        throw error
      }
      tell()
      if (shown.length > 0) return exitCodes.ok
      terminal.err(`No event of ${printable(wanted)} is in ${dir}.`)
      return exitCodes.no
    })
  },
})

interface Shown {
  readonly index: number
  readonly at: string
  readonly event: AuditEvent
}

/** Whether it is of one of the calls, or, for who looks for a Call-ID, may be. */
function isOfCall(event: AuditEvent, callIds: ReadonlySet<string>, mayBe: boolean): boolean {
  if (!('callId' in event)) return false
  return callIds.has(event.callId as CallId) || (mayBe && event.type === 'call.decided')
}

/** Index, moment, type, and the rest as JSON. */
function eventLine({ index, at, event: { type, ...rest } }: Shown): string {
  return `${index} ${at} ${type} ${canonicalJson(rest)}`
}
