import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openAuditLog } from '../../src/audit/append.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { KeyFile } from '../../src/sealing/key-file.ts'
import { createSealing } from '../../src/sealing/seal-events.ts'
import { answeredCall } from '../records/support.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { openedEvents } from '../support/gate-audit.ts'
import { runInProcess } from '../support/run-in-process.ts'

let folder: string
let config: string
let auditDir: string

/** A log of January, which this machine's clock is long past. */
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tollgate-expire-'))
  config = join(folder, 'tollgate.yaml')
  auditDir = join(folder, 'audit')
  const settings = {
    store: { path: join(folder, 'store.sqlite') },
    audit: { dir: auditDir },
    tenants: [{ id: 'acme', retention: { addressMonths: 1 } }],
    policies: [{ id: 'us', regions: ['US'], homeRegion: 'US' }],
  }
  writeFileSync(config, JSON.stringify(settings))
  const clock = new FakeClock(Date.parse('2026-01-15T12:00:00Z'))
  const random = systemRandom()
  using keys = openKeys()
  const prepare = createSealing({ keys, clock, random })
  const writing = { spacingMs: 0, gatherMs: 0, unawaitedMs: 0 }
  const around = { dir: auditDir, clock, random, logger: silentLogger, settings: writing }
  await using log = await openAuditLog({ ...around, prepare })
  for (const event of answeredCall('+12125550100', '+12125550199')) await log.append(event)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function openKeys() {
  const path = `${auditDir}-keys.sqlite`
  return new KeyFile({ path, masterKey: undefined, random: systemRandom() })
}

/** As a gate does that has run until now. */
function believeClock() {
  using keys = openKeys()
  keys.believe(Date.now())
}

const run = (...args: string[]) => runInProcess(...args, '--config', config)
const uses = () => openedEvents(`${auditDir}-cli`, `${auditDir}-keys.sqlite`)
const applied = {
  type: 'retention.applied',
  tenantId: 'acme',
  kind: 'address',
  throughMonth: '2026-01',
}

test('a clock far from the newest record ends nothing before somebody says that it is right', async () => {
  const refused = await run('audit', 'expire')
  expect([refused.code, refused.out]).toEqual([1, ''])
  expect(refused.err).toContain('If it is right: tollgate audit expire --believe-clock')
  for (const check of [[], ['--check']]) {
    const { code, err } = await run('audit', 'reindex', ...check)
    expect([code, err]).toEqual([0, expect.stringContaining('--believe-clock')])
  }
  expect((await run('records', 'search', '--json')).out).not.toContain('"sourceAddress":"erased"')
  expect((await run('audit', 'expire', '--believe-clock')).out).toMatch(/^acme: address gone/)
  expect(await uses()).toContainEqual(applied)
})

test('a clock that was set back is not believed, and what was stays so', async () => {
  using keys = openKeys()
  keys.believe(Date.now() + 3 * 86_400_000)
  expect(await run('audit', 'expire')).toMatchObject({ code: 0 })
  expect(keys.believedMs()).toBeGreaterThan(Date.now())
})

test('what has had its time ends by a command too', async () => {
  believeClock()
  const { out } = await run('audit', 'expire')
  expect(out).toMatch(/^acme: address gone up to 2026-01$/)
  expect((await run('records', 'search', '--json')).out).toContain('"sourceAddress":"erased"')
  expect((await run('audit', 'expire')).out).toBe('Nothing has expired.')
  expect(await uses()).toContainEqual(applied)
})

test('what has had its time ends by making the index anew or checking it too, and is told in the log', async () => {
  believeClock()
  for (const check of [[], ['--check']]) {
    await run('audit', 'reindex', ...check)
    expect((await run('audit', 'expire')).out).toBe('Nothing has expired.')
    expect(await uses()).toContainEqual(applied)
  }
})
