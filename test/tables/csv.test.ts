import { stat } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { bytesIn, type CsvForm, faultsMax, faultsText, readCsv } from '../../src/tables/csv.ts'
import { fileOf } from './support.ts'

function collecting() {
  const rows: (readonly string[])[] = []
  const form: CsvForm = {
    required: ['prefix'],
    optional: ['note'],
    take: (cells) => {
      if (cells[0] === 'bad') return { column: 'prefix', reason: 'is bad' }
      rows.push(cells)
      return undefined
    },
  }
  return { rows, form }
}

test('a file that is not there is a fault for its reader alone, however late that one comes', async () => {
  const path = '/nowhere/at-all.csv'
  const bytes = bytesIn(path)
  // Time for the file to be found missing.
  for (let turns = 0; turns < 5; turns++) await expect(stat(path)).rejects.toThrow('ENOENT')
  await expect(readCsv(bytes, collecting().form, 'refuse')).rejects.toThrow('ENOENT')
})

test('columns are found by name, in any order, quoted or not, with others beside them', async () => {
  const { rows, form } = collecting()
  const lines = ['Note,rate, PREFIX', '"a ""b"", c",1,44', ',2,33', '', 'x,3,49\r']
  const report = await readCsv(
    fileOf(['\ufeffNote,rate, PREFIX', ...lines.slice(1)]),
    form,
    'refuse',
  )
  expect(rows).toEqual([
    ['44', 'a "b", c'],
    ['33', ''],
    ['49', 'x'],
  ])
  expect(report).toEqual({ ok: true, linesTaken: 3, linesBad: 0, faults: [] })
})

test('each bad line is told with its number, its column and the reason', async () => {
  const { rows, form } = collecting()
  const lines = ['prefix,note', '44,a', 'bad,b', ',c', '49,"two', 'lines"', 'bad,d']
  const report = await readCsv(fileOf(lines), form, 'skip')
  expect(rows.map(([prefix]) => prefix)).toEqual(['44', '49'])
  expect(report.ok).toBe(true)
  expect(faultsText(report).split('\n')).toEqual([
    '  line 3, prefix: is bad',
    '  line 4, prefix: is empty',
    '  line 7, prefix: is bad',
  ])
})

test('one bad line makes the whole file unusable unless bad lines are to be skipped', async () => {
  const lines = ['prefix', '44', 'bad']
  expect((await readCsv(fileOf(lines), collecting().form, 'refuse')).ok).toBe(false)
  expect((await readCsv(fileOf(lines), collecting().form, 'skip')).ok).toBe(true)
})

test.each([
  ['no line at all', [], 'names no columns'],
  ['no such column', ['note', '1'], 'the column is missing'],
  ['a column twice', ['prefix,prefix', '1,2'], 'the column appears twice'],
])('a file with %s is unusable even where bad lines are skipped', async (_, lines, reason) => {
  const { rows, form } = collecting()
  const report = await readCsv(fileOf(lines), form, 'skip')
  expect(report).toMatchObject({ ok: false, linesTaken: 0, faults: [{ line: 1, reason }] })
  expect(rows).toEqual([])
})

test('a quote that is never closed ends at a limit and is told', async () => {
  const lines = ['prefix', '44', `"${'4'.repeat(20_000)}`]
  const report = await readCsv(fileOf(lines, 1000), collecting().form, 'refuse')
  expect(report.ok).toBe(false)
  expect(report.faults[0]).toMatchObject({ line: 3, reason: 'is not CSV (max record size)' })
})

test('of very many faults only the first are kept, and all are counted', async () => {
  const lines = ['prefix', ...Array.from({ length: faultsMax + 5 }, () => 'bad')]
  const report = await readCsv(fileOf(lines, 100), collecting().form, 'skip')
  expect(report.linesBad).toBe(faultsMax + 5)
  expect(report.faults).toHaveLength(faultsMax)
  expect(faultsText(report)).toContain('  and 5 more')
})

test('a source that cannot be read rejects', async () => {
  async function* broken(): AsyncIterable<Uint8Array> {
    yield Buffer.from('prefix\n44\n')
    throw new Error('the disk is gone')
  }
  await expect(readCsv(broken(), collecting().form, 'skip')).rejects.toThrow('the disk is gone')
})
