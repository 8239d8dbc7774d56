import { pageRecordsMax } from '../../records/call-records.ts'
import { withTexts } from '../../records/export.ts'
import type { CallRecord } from '../../records/record.ts'
import { lastExpired, retentionOf } from '../../sealing/expire.ts'
import { monthOf } from '../../sealing/month.ts'
import { command, exitCodes } from '../command.ts'
import { officeOptions } from '../line/common.ts'
import { needed, optional, withDefault } from '../line/options.ts'
import { soughtNumber } from '../line/phone-number.ts'
import { show } from '../line/show.ts'
import { moment, wholeNumber, word } from '../line/values.ts'
import { inRecords, type RecordsOffice } from './archive.ts'

const hourMs = 3_600_000
const moreText = `These are the ${pageRecordsMax} nearest, and there may be more: fewer hours leave fewer, \
"records export --number" gives all.`

/** `tollgate audit trace`: who called a number, or from it, around a moment; 1 where nobody did. */
export const auditTrace = command({
  recorded: 'whole',
  argument: { type: soughtNumber, help: 'The number that called or was called.' },
  options: {
    around: needed(moment, 'About when.'),
    'within-hours': withDefault(
      wholeNumber('<hours>'),
      '24',
      'How many hours before and after that, at most.',
    ),
    tenant: optional(word('<id>'), 'Only in calls of this tenant.'),
    ...officeOptions,
  },
  no: 'no call to or from it is on record then',
  async run({ values, argument: number }, terminal) {
    const withinMs = values['within-hours'] * hourMs
    const tenants = values.tenant === undefined ? undefined : [values.tenant]
    return inRecords(values.config, terminal, async (office) => {
      const { records, nothing } = office
      const limit = pageRecordsMax
      const found = records.trace({ number, aroundMs: values.around, withinMs, tenants, limit })
      const lines = found.map(lineOf)
      show(terminal, { json: values.json, value: found.map(withTexts), lines })
      if (found.length === limit) terminal.err(moreText)
      if (found.length > 0) return exitCodes.ok
      if (nothing === exitCodes.no) {
        terminal.err(`No call to or from ${number} is on record at that time.`)
        const over = numbersGone(office, tenants, values.around - withinMs)
        if (over.length > 0) {
          terminal.err(`Numbers of that time are no longer kept for: ${over.join(', ')}`)
        }
      }
      return nothing
    })
  },
})

/** The tenants whose terms for numbers were over by now in the month of that moment. */
function numbersGone(
  { settings, clock }: Pick<RecordsOffice, 'settings' | 'clock'>,
  asked: readonly string[] | undefined,
  atMs: number,
): readonly string[] {
  const { tenants } = settings.directory
  const termsOf = retentionOf(tenants)
  return (asked ?? tenants.map(({ id }) => id)).filter((id) => {
    const { callerMonths, calleeMonths } = termsOf(id)
    return monthOf(atMs) <= lastExpired(clock.now(), Math.min(callerMonths, calleeMonths))
  })
}

/** The call on one line, as a person reads it. */
export function lineOf(record: CallRecord): string {
  const { callId, atMs, tenantId, keyId, caller, called, carrierId, trunkId, direction } = record
  const source = `${record.sourceAddress ?? '?'} (${record.sourceProtocol})`
  const carrier = carrierId === undefined ? [] : [`carrier ${carrierId}`]
  const trunk = trunkId === undefined ? [] : [`trunk ${trunkId}`]
  const mode = record.mode === 'test' ? ['test mode'] : []
  const seconds = Math.round((record.durationMs ?? 0) / 1000)
  // It runs, or its gate was killed: which of them no record tells.
  const cause = record.cause === undefined ? 'no end on record' : `${record.cause}, ${seconds} s`
  const end = record.admitted ? cause : `refused: ${record.reason}`
  return [
    `${new Date(atMs).toISOString()} ${caller ?? '?'} -> ${called ?? '?'} ${direction}`,
    `tenant ${tenantId ?? '-'}, key ${keyId ?? '-'}, from ${source}`,
    ...carrier,
    ...trunk,
    ...mode,
    `${end}, call ${callId}`,
  ].join(', ')
}
