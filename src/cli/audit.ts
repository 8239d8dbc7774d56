import type { AuditRecord } from '../audit/chain.ts'
import { readRecords } from '../audit/read.ts'
import { verifyLog } from '../audit/verify.ts'
import { canonicalJson } from '../kernel/canonical-json.ts'
import { readArguments } from './arguments.ts'
import { type Command, exitCodes, printable } from './command.ts'

const defaultDir = 'data/audit'
const options = { dir: { type: 'string', default: defaultDir } } as const

/** `tollgate audit verify`: 0 when the log is whole, 1 when it is not, 3 when there is none. */
export const auditVerify: Command = {
  usage: `audit verify [--dir ${defaultDir}]`,
  help: 'Check every record of the audit log against the chain and its head.',
  async run(args, terminal) {
    const wanted = { options, count: 0, otherwise: 'no argument belongs here' } as const
    const { dir } = readArguments(args, wanted).values
    const { records, segments, unfinishedBytes, hash, fault } = await verifyLog(dir)
    if (fault) {
      terminal.out(`DAMAGED ${dir}: ${fault.message}`)
      terminal.out(`  reason ${fault.reason}, good records before it: ${records}`)
      return exitCodes.no
    }
    terminal.out(`OK ${dir}: ${records} records in ${segments} segments`)
    if (hash) terminal.out(`  last record ${hash}`)
    if (unfinishedBytes > 0) {
      terminal.err(`${unfinishedBytes} bytes of a record that was never acknowledged follow.`)
    }
    return exitCodes.ok
  },
}

/** `tollgate audit show`: 0 with the call's events, 1 when there are none, 3 when there is no log. */
export const auditShow: Command = {
  usage: `audit show <call-id> [--dir ${defaultDir}]`,
  help: "Print a call's events, oldest first; the id is ours or the SIP Call-ID of the caller.",
  async run(args, terminal) {
    const otherwise = 'exactly one call id is needed'
    const { values, argument: wanted } = readArguments(args, { options, count: 1, otherwise })
    const { dir } = values
    const callIds = new Set([wanted])
    let shown = 0
    for await (const record of readRecords(dir)) {
      const { event } = record
      if (event.type === 'call.decided' && event.sipCallId === wanted) callIds.add(event.callId)
      if (!('callId' in event) || !callIds.has(event.callId)) continue
      terminal.out(eventLine(record))
      shown++
    }
    if (shown > 0) return exitCodes.ok
    terminal.err(`No event of ${printable(wanted)} is in ${dir}.`)
    return exitCodes.no
  },
}

/** Number, moment, type, and the rest as JSON. */
function eventLine({ seq, atMs, event }: AuditRecord): string {
  const { type, ...rest } = event
  return printable(`${seq} ${new Date(atMs).toISOString()} ${type} ${canonicalJson(rest)}`)
}
