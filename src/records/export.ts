import type { CallRecord } from './record.ts'

/** What records are written as. */
export const exportFormats = ['csv', 'jsonl'] as const
export type ExportFormat = (typeof exportFormats)[number]

const columns = [
  ...['index', 'callId', 'at', 'direction', 'tenantId', 'keyId', 'admitted', 'reason', 'mode'],
  ...['caller', 'called', 'sourceAddress', 'sourcePort', 'sourceProtocol', 'sipCallId'],
  ...[
    'attestation',
    'carrierId',
    'trunkId',
    'gatewayId',
    'attempts',
    'ringingAt',
    'answeredAt',
    'endedAt',
  ],
  ...['endedBy', 'cause', 'status', 'durationMs', 'costMicros', 'currency'],
] as const

/** The lines of an export, each with its end; a program may stop asking at any time. */
export async function* exportLines(
  records: AsyncIterable<CallRecord>,
  format: ExportFormat,
): AsyncGenerator<string> {
  // RFC 4180 2: lines end with CRLF, and the first may name the columns.
  if (format === 'csv') yield `${columns.join(',')}\r\n`
  for await (const record of records) {
    const row = withTexts(record)
    if (format === 'jsonl') yield `${JSON.stringify(row)}\n`
    else yield `${columns.map((column) => csvField(row[column])).join(',')}\r\n`
  }
}

/** The record as programs get it: moments in ISO 8601. */
export function withTexts(record: CallRecord): Readonly<Record<string, unknown>> {
  const { atMs, ringingAtMs, answeredAtMs, endedAtMs, later: _, ...rest } = record
  return {
    ...rest,
    at: moment(atMs),
    ringingAt: moment(ringingAtMs),
    answeredAt: moment(answeredAtMs),
    endedAt: moment(endedAtMs),
  }
}

function moment(atMs: number | undefined): string | undefined {
  return atMs === undefined ? undefined : new Date(atMs).toISOString()
}

/** In full width too, which East Asian spreadsheets take for the same. */
const formulaStart = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/

/**
 * One field. A spreadsheet takes what begins so for a formula and runs it, and callers choose their
 * Call-ID: an apostrophe makes it text. A number in E.164 is none.
 */
function csvField(value: unknown): string {
  const text = value === undefined ? '' : String(value)
  const isFormula = formulaStart.test(text) && !/^\+\d+$/.test(text)
  const safe = isFormula ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
