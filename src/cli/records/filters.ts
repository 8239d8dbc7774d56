import type { RecordQuery } from '../../records/query.ts'
import { UsageError } from '../command.ts'
import { configOption } from '../line/common.ts'
import { optional, type Values } from '../line/options.ts'
import { soughtNumber } from '../line/phone-number.ts'
import { choice, ipAddress, moment, word } from '../line/values.ts'

/** The options that say which records. */
export const filterOptions = {
  tenant: optional(word('<id>'), 'Only of this tenant.'),
  'key-id': optional(word('<id>'), 'Only of this key.'),
  number: optional(soughtNumber, 'The number that called or was called.'),
  caller: optional(soughtNumber, 'Who called.'),
  called: optional(soughtNumber, 'Who was called.'),
  'call-id': optional(word('<id>'), 'The call with this id of ours.'),
  'sip-call-id': optional(word('<Call-ID>'), 'The call with this Call-ID of the caller.'),
  source: optional(ipAddress, 'The address it came from.'),
  reason: optional(word('<reason>'), 'Refused for this reason (docs/refusals.md).'),
  carrier: optional(word('<id>'), 'Carried by this carrier.'),
  from: optional(moment, 'Not before this moment.'),
  to: optional(moment, 'Before this moment.'),
  decision: optional(choice(['admitted', 'refused']), 'What was decided.'),
  config: configOption,
} as const

/** The query that the options make; throws `UsageError` where no time is left between them. */
export function queryOf(values: Values<typeof filterOptions>): RecordQuery {
  const { tenant, decision, from, to } = values
  if (from !== undefined && to !== undefined && to <= from) {
    throw new UsageError('--to must be later than --from')
  }
  return {
    tenants: tenant === undefined ? undefined : [tenant],
    keyId: values['key-id'],
    number: values.number,
    caller: values.caller,
    called: values.called,
    callId: values['call-id'],
    sipCallId: values['sip-call-id'],
    sourceAddress: values.source,
    reason: values.reason,
    carrierId: values.carrier,
    admitted: decision === undefined ? undefined : decision === 'admitted',
    fromMs: from,
    toMs: to,
  }
}
