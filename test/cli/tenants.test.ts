import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadSettings } from '../../src/config/load.ts'
import { canonicalJson } from '../../src/kernel/canonical-json.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { silentLogger as logger } from '../../src/kernel/logger.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { openEntries } from '../../src/store/entries.ts'
import { openBooks, storeOptions } from '../../src/store/open.ts'
import { runInProcess } from '../support/run-in-process.ts'

test('a tenant that is held is not resumed, and who tries hears why', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-tenants-'))
  try {
    const path = join(folder, 'tollgate.yaml')
    const store = { path: join(folder, 'store.sqlite') }
    const audit = { dir: join(folder, 'audit') }
    writeFileSync(path, JSON.stringify({ store, audit, tenants: [{ id: 'acme' }] }))
    const { values, directory } = loadSettings(path, {})
    const around = { clock: systemClock(), random: systemRandom(), directory, logger }
    const after = canonicalJson({ id: 'acme', later: 1 })
    const change = { list: 'tenants', id: 'acme', before: undefined, after, kept: 'text' } as const
    {
      await using books = await openBooks(storeOptions(values, around))
      const terms = { seenRevision: 0, by: 'an older version', atMs: 0, besides: [] }
      await openEntries(books.board).commit({ ...terms, changes: [change] })
    }
    const { code, err } = await runInProcess('tenants', 'resume', 'acme', '--config', path)
    expect([code === 0, err]).toEqual([false, expect.stringContaining('tenant acme is held')])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
