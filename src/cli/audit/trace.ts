import { withTexts } from '../../records/export.ts'
import type { CallRecord } from '../../records/record.ts'
import { readArguments, wholeNumber } from '../arguments.ts'
import { type Command, exitCodes, printable, UsageError } from '../command.ts'
import { momentGiven } from '../moment.ts'
import { numberGiven } from '../permissions/permission-options.ts'
import { inRecords } from './archive.ts'

const hourMs = 3_600_000
const options = {
  config: { type: 'string' },
  json: { type: 'boolean', default: false },
  around: { type: 'string' },
  'within-hours': { type: 'string', default: '24' },
  tenant: { type: 'string' },
} as const

/** `tollgate audit trace`: who called a number, or from it, around a moment; 1 where nobody did. */
export const auditTrace: Command = {
  recorded: 'whole',
  usage:
    'audit trace <number> --around <moment> [--within-hours 24] [--tenant <id>] [--config <file>] [--json]',
  help: 'Answer a traceback: key, tenant, source, and which carrier, of calls to or from a number, the nearest in time first.',
  async run(args, terminal) {
    const otherwise = 'exactly one number is needed'
    const { values, argument } = readArguments(args, { options, count: 1, otherwise })
    const number = numberGiven(argument)
    if (values.around === undefined) throw new UsageError('--around is needed: when')
    const aroundMs = momentGiven('around', values.around)
    const withinMs = wholeNumber('within-hours', values['within-hours']) * hourMs
    const tenants = values.tenant === undefined ? undefined : [values.tenant]
    return inRecords(values.config, terminal, async ({ records }) => {
      const found = records.trace({ number, aroundMs, withinMs, tenants })
      for (const record of found) {
        terminal.out(values.json ? JSON.stringify(withTexts(record)) : lineOf(record))
      }
      if (found.length > 0) return exitCodes.ok
      terminal.err(`No call to or from ${number} is on record then.`)
      return exitCodes.no
    })
  },
}

/** The call on one line, as a person reads it. */
export function lineOf(record: CallRecord): string {
  const { callId, atMs, tenantId, keyId, caller, called, carrierId, trunkId, direction } = record
  const source = `${record.sourceAddress ?? '?'} (${record.sourceProtocol})`
  const carrier = carrierId === undefined ? [] : [`carrier ${carrierId}`]
  const trunk = trunkId === undefined ? [] : [`trunk ${trunkId}`]
  const end = record.admitted
    ? `${record.cause ?? 'running'}, ${Math.round((record.durationMs ?? 0) / 1000)} s`
    : `refused: ${record.reason}`
  return printable(
    [
      `${new Date(atMs).toISOString()} ${caller ?? '?'} -> ${called ?? '?'} ${direction}`,
      `tenant ${tenantId ?? '-'}, key ${keyId ?? '-'}, from ${source}`,
      ...carrier,
      ...trunk,
      `${end}, call ${callId}`,
    ].join(', '),
  )
}
