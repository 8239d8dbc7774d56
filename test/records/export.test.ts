import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { exportLines } from '../../src/records/export.ts'
import type { CallRecord } from '../../src/records/record.ts'
import { answeredCall, recordsOffice } from './support.ts'

async function aRecord(): Promise<CallRecord> {
  using office = recordsOffice()
  office.write(answeredCall('+12125550100', '+12125550199'))
  const indexer = office.indexer()
  await indexer.catchUp()
  const [record] = office.records(indexer).search({}).records
  if (!record) throw new Error('there is one')
  return record
}

async function exported(records: readonly CallRecord[], format: 'csv' | 'jsonl') {
  async function* all() {
    yield* records
  }
  let text = ''
  for await (const line of exportLines(all(), format)) text += line
  return text
}

test('whatever a caller wrote, CSV has one field for it, and none that a spreadsheet runs', async () => {
  const record = await aRecord()
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('=1+1', '+1', '@SUM(A1)', '-2', '\t=1', '"a","b"\r\n', '+1=1', '\n=1'),
    fc.constantFrom('\uff1d1+1', '\uff0b1', '\uff0d1', '\uff20SUM(A1)'),
  )
  await fc.assert(
    fc.asyncProperty(hostile, async (sipCallId) => {
      const text = await exported([{ ...record, sipCallId }], 'csv')
      const rows = parse(text, { columns: true, record_delimiter: '\r\n' }) as Record<
        string,
        string
      >[]
      const [row] = rows
      const field = row?.sipCallId ?? ''
      expect(rows).toHaveLength(1)
      expect([sipCallId, `'${sipCallId}`]).toContain(field)
      expect(/^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(field) && !/^\+\d+$/.test(field)).toBe(
        false,
      )
      expect(row).toMatchObject({ caller: '+12125550100', at: '2026-01-15T12:00:00.000Z' })
    }),
  )
})

test('JSON Lines has one record a line, moments in ISO 8601', async () => {
  const record = await aRecord()
  const lines = (await exported([record, record], 'jsonl')).split('\n')
  expect(lines).toHaveLength(3)
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    called: '+12125550199',
    at: '2026-01-15T12:00:00.000Z',
    durationMs: 61_000,
    endedAt: '2026-01-15T12:00:04.000Z',
  })
})
