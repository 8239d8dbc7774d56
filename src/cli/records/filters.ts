import type { RecordQuery } from '../../records/query.ts'
import { UsageError } from '../command.ts'
import { momentGiven } from '../moment.ts'
import { numberGiven } from '../permissions/permission-options.ts'

/** The options that say which records. */
export const filterOptions = {
  config: { type: 'string' },
  tenant: { type: 'string' },
  'key-id': { type: 'string' },
  number: { type: 'string' },
  caller: { type: 'string' },
  called: { type: 'string' },
  'call-id': { type: 'string' },
  reason: { type: 'string' },
  carrier: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  decision: { type: 'string' },
} as const

/** How they are written. */
export const filterUsage =
  '[--tenant <id>] [--key-id <id>] [--number|--caller|--called <number>] [--call-id <id>] [--reason <reason>] [--carrier <id>] [--from <moment>] [--to <moment>] [--decision admitted|refused] [--config <file>]'

type Filters = { readonly [Name in keyof typeof filterOptions]?: string | undefined }

/** The query that the options make; throws `UsageError` where one is not what it should be. */
export function queryOf(values: Filters): RecordQuery {
  const { tenant, decision, from, to } = values
  if (decision !== undefined && !['admitted', 'refused'].includes(decision)) {
    throw new UsageError('--decision must be admitted or refused')
  }
  return {
    tenants: tenant === undefined ? undefined : [tenant],
    keyId: values['key-id'],
    number: values.number && numberGiven(values.number),
    caller: values.caller && numberGiven(values.caller),
    called: values.called && numberGiven(values.called),
    callId: values['call-id'],
    reason: values.reason,
    carrierId: values.carrier,
    admitted: decision === undefined ? undefined : decision === 'admitted',
    fromMs: from === undefined ? undefined : momentGiven('from', from),
    toMs: to === undefined ? undefined : momentGiven('to', to),
  }
}
