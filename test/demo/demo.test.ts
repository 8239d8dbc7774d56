import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { verifyLog } from '../../src/audit/verify.ts'
import { loadSettings } from '../../src/config/load.ts'
import { lines } from '../../src/demo/lines.ts'
import { playDemo } from '../../src/demo/run.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { systemRandom } from '../../src/kernel/random.ts'

test('every call of the demo comes out as expected and leaves whole audit logs', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-demo-'))
  const settings = loadSettings('config/demo.yaml', {})
  const around = { clock: systemClock(), random: systemRandom() }
  const { played, auditDirs } = await playDemo({ ...around, settings, folder })
  expect(played).toHaveLength(lines.length)
  for (const { line, got, leaked } of played) {
    expect({ line, got, leaked }).toEqual({ line, got: line.expected, leaked: '' })
  }
  for (const dir of auditDirs) expect((await verifyLog(dir)).fault).toBeUndefined()
  await rm(folder, { recursive: true })
})
