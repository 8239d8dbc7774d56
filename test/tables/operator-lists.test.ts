import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import type { ListFiles } from '../../src/domain/list-file.ts'
import { loadLists } from '../../src/tables/operator-lists.ts'

const folder = mkdtempSync(join(tmpdir(), 'tollgate-lists-'))

function file(id: string, text: string, badLines: 'refuse' | 'skip' = 'refuse') {
  const path = join(folder, `${id}.csv`)
  writeFileSync(path, text)
  return { id, path, badLines }
}

const whose = { tenantId: undefined, classes: ['marketing'] } as const

test('every declared file is read', async () => {
  const files: ListFiles = {
    rateDecks: [file('rates', 'prefix,price_per_minute,currency\n1,0.01,USD\n')],
    prefixLists: [file('irsf', 'prefix,source,date\n1242,feed,2026-11-01\n')],
    suppressionLists: [{ ...file('dnc', 'number\n+12025550123\n'), ...whose }],
  }
  const lists = await loadLists(files, () => undefined)
  expect(lists.rateDecks.get('rates')?.rate('+12025550123', 0)?.perMinuteMicros).toBe(10_000)
  expect(lists.prefixLists.get('irsf')?.verdict('+12425550123')?.effect).toBe('deny')
  expect(lists.suppressionLists[0]?.numbers.has('+12025550123')).toBe(true)
})

test('everything that is wrong with any file is told at once', async () => {
  const files: ListFiles = {
    rateDecks: [file('bad-rates', 'prefix,price_per_minute,currency\n1,cheap,USD\n')],
    prefixLists: [{ id: 'lost', path: join(folder, 'nowhere.csv'), badLines: 'skip' }],
    suppressionLists: [{ ...file('bad-dnc', 'number\nnobody\n'), ...whose }],
  }
  const failing = loadLists(files, () => undefined)
  await expect(failing).rejects.toMatchObject({ code: 'config_invalid' })
  await expect(failing).rejects.toThrow(/line 2, price_per_minute.*lost.*line 2, number/s)
})

test('lines that are left out are told of', async () => {
  const onSkipped = vi.fn()
  const suppressionLists = [{ ...file('half', 'number\nnobody\n12025550123\n', 'skip'), ...whose }]
  const lists = await loadLists({ rateDecks: [], prefixLists: [], suppressionLists }, onSkipped)
  expect(lists.suppressionLists[0]?.numbers.size).toBe(1)
  expect(onSkipped).toHaveBeenCalledWith(
    suppressionLists[0],
    expect.objectContaining({ linesBad: 1 }),
  )
})
