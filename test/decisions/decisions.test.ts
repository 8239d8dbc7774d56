import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type Reason, reasons } from '../../src/domain/refusals.ts'
import { seen, wanted } from './compared.ts'
import { rules, tables } from './loaded.ts'
import { runRow } from './run-row.ts'
import { tableSchema } from './table.ts'

/** What no INVITE alone can lead to: reasons of running calls, and of later stages. */
const elsewhere: ReadonlySet<Reason> = new Set<Reason>([
  ...(['carriers_exhausted', 'trunk_unreachable', 'internal_error'] as const),
])

describe.each(tables)('$subject', ({ given, rows }) => {
  test.each(rows)('$name', async (row) => {
    const came = seen(await runRow(given, row, { rules }), row)
    expect(came, JSON.stringify(came)).toEqual(wanted(row.expect))
  })
})

test('there are at least three hundred rows, and no two have one name', () => {
  const names = tables.flatMap(({ rows }) => rows.map(({ name }) => name))
  expect(names.length).toBeGreaterThanOrEqual(300)
  expect(new Set(names).size).toBe(names.length)
})

test('every reason that an INVITE can be refused for stands in a row', () => {
  const met = new Set(tables.flatMap(({ rows }) => rows.map(({ expect: { reason } }) => reason)))
  expect(reasons.filter((reason) => !met.has(reason) && !elsewhere.has(reason))).toEqual([])
})

test('schema.json describes the tables as they are read', () => {
  const text = readFileSync(new URL('schema.json', import.meta.url), 'utf8')
  expect(JSON.parse(text)).toEqual(tableSchema())
})
