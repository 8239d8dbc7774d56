import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openAuditLog } from '../../src/audit/append.ts'
import type { AuditEvent } from '../../src/audit/event.ts'
import { verifyLog } from '../../src/audit/verify.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { KeyFile } from '../../src/sealing/key-file.ts'
import { createSealing } from '../../src/sealing/seal-events.ts'
import { answeredCall, refusedCall } from '../records/support.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { openedEvents } from '../support/gate-audit.ts'
import { runInProcess } from '../support/run-in-process.ts'

const [ours, theirs, others] = ['+12125550100', '+12125550199', '+12125550142']
const called = '2026-01-15T12:00:00Z'

let folder: string
let config: string
let auditDir: string

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tollgate-records-'))
  config = join(folder, 'tollgate.yaml')
  auditDir = join(folder, 'audit')
  const settings = {
    store: { path: join(folder, 'store.sqlite') },
    audit: { dir: auditDir },
    tenants: [{ id: 'acme', retention: { addressMonths: 1 } }, { id: 'other' }],
    policies: [{ id: 'us', regions: ['US'], homeRegion: 'US' }],
  }
  writeFileSync(config, JSON.stringify(settings))
  await writeCalls([...answeredCall(ours, theirs), ...refusedCall(ours, others)])
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function writeCalls(events: readonly AuditEvent[]) {
  const clock = new FakeClock(Date.parse(called))
  const random = systemRandom()
  using keys = new KeyFile({ path: `${auditDir}-keys.sqlite`, masterKey: undefined, random })
  const prepare = createSealing({ keys, clock, random })
  const settings = { spacingMs: 0, gatherMs: 0, unawaitedMs: 0 }
  const around = { dir: auditDir, clock, random, logger: silentLogger, settings }
  await using log = await openAuditLog({ ...around, prepare })
  for (const event of events) {
    await log.append(event)
    clock.advance(100)
  }
}

const run = (...args: string[]) => runInProcess(...args, '--config', config)
const uses = () => openedEvents(`${auditDir}-cli`, `${auditDir}-keys.sqlite`)

test('a traceback is answered: which key, tenant, source and carrier called a number', async () => {
  const asked = ['audit', 'trace', theirs, '--around', '2026-01-15T13:00:00Z']
  const { code, out } = await run(...asked)
  expect(code).toBe(0)
  expect(out).toContain(
    `${ours} -> ${theirs} outbound, tenant acme, key k1, from 192.0.2.1 (udp), carrier carrier-1, bye, 61 s`,
  )
  const [found] = JSON.parse((await run(...asked, '--json')).out)
  expect(found).toMatchObject({ keyId: 'k1', sourceAddress: '192.0.2.1', costMicros: 20_000 })
  expect((await run('audit', 'trace', theirs, '--around', '2026-02-15T13:00:00Z')).code).toBe(1)
  expect((await run('audit', 'trace', theirs)).code).toBe(2)
})

test.each([
  '+1 (212) 555-0199',
  'tel:+1-212-555-0199',
  ' +1\u00a0212\u00a0555\u20110199\n',
  '\u202a+12125550199\u202c',
  '\uff0b1 212 555 0199',
])(
  'a number is found as it was copied from a page, and nowhere kept in the clear: %j',
  async (typed) => {
    const found = await run('audit', 'trace', typed, '--around', called, '--tenant', 'acme')
    expect([found.code, found.out.includes(`${ours} -> ${theirs}`)]).toEqual([0, true])
    expect((await run('records', 'search', `--called=${typed}`)).code).toBe(0)
    const kept = JSON.stringify(await openedEvents(`${auditDir}-cli`, '/nowhere/keys'))
    expect(kept).not.toMatch(/0199/)
    expect((await uses())[0]).toMatchObject({ numbers: theirs })
    expect((await run('audit', 'erase', typed, '--tenant', 'acme')).code).toBe(0)
    expect((await uses())[0]).toMatchObject({ numbers: 'erased' })
    const left = JSON.stringify(await openedEvents(`${auditDir}-cli`, '/nowhere/keys'))
    expect(left).not.toMatch(/0199/)
  },
)

test.each([
  '+1 212 555 0199 x5',
  '001 212 555 0199',
  '212 555 0199',
  '+1 212 555 O199',
  'sip:+12125550199@x',
])('what is no number in E.164 is not taken for one: %j', async (typed) => {
  expect((await run('audit', 'trace', typed, '--around', called)).code).toBe(2)
})

test('a caller whose number nobody can have is found as well, and so is a short number', async () => {
  await writeCalls([...refusedCall('+15550001111', others), ...refusedCall('72345', '911')])
  for (const short of ['911', '72345']) {
    const { code, out } = await run('audit', 'trace', short, '--around', called)
    expect([code, out.includes('72345 -> 911')]).toEqual([0, true])
  }
  const found = await run('audit', 'trace', '+1 (555) 000-1111', '--around', called)
  expect([found.code, found.out.includes(`+15550001111 -> ${others}`)]).toEqual([0, true])
  expect((await run('records', 'search', '--caller', '+15550001111')).code).toBe(0)
})

test('what a traceback does not show is said', async () => {
  const many = Array.from({ length: 1_000 }, () => refusedCall(ours, others)).flat()
  await writeCalls(many)
  const asked = ['audit', 'trace', others, '--around', called]
  const { out, err } = await run(...asked)
  expect([out.split('\n').length, err]).toEqual([1_000, expect.stringContaining('may be more')])
  expect((await run('audit', 'trace', theirs, '--around', called)).err).not.toContain('may be more')
})

test('that numbers of a time are gone by the terms of a tenant is said, not that nobody called alone', async () => {
  const asked = ['audit', 'trace', '+12125550177', '--around', called]
  expect((await run(...asked)).err).not.toContain('no longer kept')
  const settings = JSON.parse(readFileSync(config, 'utf8'))
  settings.tenants = [{ id: 'acme', retention: { calleeMonths: 1 } }, { id: 'other' }]
  writeFileSync(config, JSON.stringify(settings))
  const found = await run(...asked)
  expect([found.code, found.err.split('\n').at(-1)]).toEqual([
    1,
    'Numbers of that time are no longer kept for: acme',
  ])
  expect((await run(...asked, '--tenant', 'other')).err).not.toContain('no longer kept')
})

test('records are not looked for in no time', async () => {
  const backwards = ['--from', '2026-02-01T00:00:00Z', '--to', '2026-01-01T00:00:00Z']
  for (const command of ['search', 'export']) {
    expect((await run('records', command, ...backwards)).code).toBe(2)
  }
})

test('records are searched and exported', async () => {
  const found = await run('records', 'search', '--reason', 'rate_exceeded')
  expect([found.code, found.out.split('\n').length]).toEqual([0, 1])
  expect(found.out).toContain('refused: rate_exceeded')
  const page = await run('records', 'search', '--limit', '1')
  const [, cursor = ''] = /--cursor (\S+)/.exec(page.err) ?? []
  expect((await run('records', 'search', '--cursor', cursor)).out).toContain(theirs)
  const { out } = await run('records', 'export', '--number', theirs)
  expect(out.split('\r\n').map((line) => line.split(',')[9])).toEqual(['caller', ours])
  const lines = await run('records', 'export', '--format', 'jsonl')
  expect(lines.out.split('\n').map((line) => JSON.parse(line).called)).toEqual([theirs, others])
  expect((await run('records', 'export', '--format', 'xls')).code).toBe(2)
})

test('what a caller has put into a record commands no terminal that an export goes to', async () => {
  const [decided] = refusedCall(ours, others)
  const sipCallId = 'a\u001b[2J\u009b\u202e\r\nb'
  if (decided) await writeCalls([{ ...decided, sipCallId } as AuditEvent])
  for (const format of ['csv', 'jsonl']) {
    const { out } = await run('records', 'export', '--format', format)
    const lines = out.split(/\r?\n|\r$/)
    expect(lines.filter((line) => /[\p{Cc}\p{Cf}]/u.test(line))).toEqual([])
    expect(out).toContain('a\\u001b[2J\\u009b\\u202e')
    if (format === 'csv') continue
    const records = lines.map((line) => JSON.parse(line))
    expect(records).toContainEqual(expect.objectContaining({ sipCallId }))
  }
})

test('an erased number is told by no command, the log still verifies, and no event says who it was', async () => {
  await run('records', 'search')
  const erased = await run('audit', 'erase', theirs, '--tenant', 'acme')
  expect(erased).toMatchObject({
    code: 0,
    out: expect.stringContaining('1 records now say "erased"'),
  })
  expect((await run('audit', 'trace', theirs, '--around', called)).code).toBe(1)
  const shown = await run('records', 'search', '--json')
  expect(shown.out).toContain('"called":"erased"')
  const again = await run('audit', 'reindex')
  expect(again.out).toBe('2 calls and refusals are in the index.')
  for (const command of [
    ['records', 'export'],
    ['audit', 'show', 'x'],
  ]) {
    expect((await run(...command)).out).not.toContain(theirs)
  }
  expect((await verifyLog(auditDir)).fault).toBeUndefined()
  const events = await uses()
  const told = events.filter(({ type }) => type === 'subject.erased')
  expect(told).toMatchObject([{ tenantId: 'acme', keys: 1 }])
  const erasures = events.filter(
    (event) => event.type === 'cli.used' && event.command === 'audit erase',
  )
  expect(JSON.stringify(erasures)).not.toContain(theirs)
  expect((await run('audit', 'erase', '12', '--tenant', 'acme')).code).toBe(2)
})

test('events are shown by the SIP Call-ID with what is sealed, and without settings as they are stored', async () => {
  const sipCallId = `c-${theirs}@192.0.2.9`
  const { code, out } = await run('audit', 'show', sipCallId)
  expect([code, out.split('\n').length]).toEqual([0, 5])
  expect(out).toContain(`"called":"${theirs}"`)
  const [, callId = ''] = /"callId":"([^"]+)"/.exec(out) ?? []
  const sealed = await runInProcess('audit', 'show', callId, '--dir', auditDir)
  expect(sealed.out).not.toContain(theirs)
  expect(sealed.out).toContain('"called":{"sealed":')
})

test('evidence says in the clear what its log has sealed, and proves it', async () => {
  const out = join(folder, 'evidence.html')
  expect((await run('audit', 'evidence', `c-${theirs}@192.0.2.9`, '--out', out)).code).toBe(0)
  const checked = await runInProcess('audit', 'check', out)
  expect([checked.code, checked.out.includes(`"called":"${theirs}"`)]).toEqual([0, true])
  await run('audit', 'erase', theirs, '--tenant', 'acme')
  expect((await runInProcess('audit', 'check', out)).code).toBe(0)
})

test('an index that was tampered with is told from the log', async () => {
  expect((await run('audit', 'reindex', '--check')).code).toBe(0)
  const index = new DatabaseSync(join(folder, 'audit-index.sqlite'))
  index.exec('UPDATE call SET duration_ms = 1 WHERE id = 0')
  index.close()
  const checked = await run('audit', 'reindex', '--check')
  expect(checked).toMatchObject({ code: 1, out: expect.stringContaining('entries 0') })
  await run('audit', 'reindex')
  expect((await run('audit', 'reindex', '--check')).code).toBe(0)
})

test('an address is erased however it is written', async () => {
  const source = { address: '2001:db8::7', port: 5060, protocol: 'udp' } as const
  await writeCalls(answeredCall(ours, theirs, { source }))
  const erased = await run('audit', 'erase', '2001:DB8:0:0::7', '--tenant', 'acme')
  expect(erased).toMatchObject({
    code: 0,
    out: expect.stringContaining('1 records now say "erased"'),
  })
})

test('each use of a command that changes or reads is recorded: who, what, what of it, with what result', async () => {
  await run('audit', 'trace', theirs, '--around', called, '--tenant', 'acme')
  const events = await uses()
  const use = {
    type: 'cli.used',
    useId: expect.any(String),
    command: 'audit trace',
    given: ['[callee]', '--around', called, '--tenant', 'acme', '--config', config],
    tenantId: 'acme',
    numbers: theirs,
    actor: expect.stringMatching(/./),
  }
  expect(events).toEqual([
    { ...use, stage: 'began' },
    { ...use, stage: 'ended', result: 0, linesRead: 1 },
  ])
  expect(JSON.stringify(await openedEvents(`${auditDir}-cli`, '/nowhere/keys'))).not.toContain(
    theirs,
  )
})

test('a change of a key is recorded with what it was and is, and never with its secret', async () => {
  const terms = ['--tenant', 'acme', '--policy', 'us', '--source', '198.51.100.0/24', '--json']
  const { id, key } = JSON.parse((await run('keys', 'mint', ...terms)).out)
  await run('keys', 'suspend', id)
  await run('tenants', 'suspend', 'other')
  const events = await uses()
  const changes = events.filter(({ type }) => type === 'config.changed') as {
    before?: string
    after: string
  }[]
  expect(changes).toMatchObject([
    { subject: 'key', id, tenantId: 'acme', networks: '198.51.100.0/24' },
    { subject: 'key', id },
    { subject: 'tenant', id: 'other' },
  ])
  const statusOf = (text: string | undefined) => text && JSON.parse(text).status
  expect(changes.map(({ before, after }) => [statusOf(before), statusOf(after)])).toEqual([
    [undefined, 'active'],
    ['active', 'suspended'],
    ['active', 'suspended'],
  ])
  expect(JSON.stringify(events)).not.toContain(key.split('_').at(-1))
})

test('what cannot be recorded is not done', async () => {
  writeFileSync(`${auditDir}-cli`, 'in the way')
  const terms = ['--tenant', 'acme', '--policy', 'us', '--source', '198.51.100.0/24']
  expect(await run('keys', 'mint', ...terms)).toMatchObject({ code: 3, out: '' })
  expect(existsSync(join(folder, 'store.sqlite.shared'))).toBe(false)
})

const searches = [
  ['audit', 'trace', theirs, '--around', called],
  ['records', 'search', '--number', theirs],
]

test('a log that is not there has not nothing on record, and its index stays', async () => {
  expect((await run('records', 'search')).code).toBe(0)
  const elsewhere = join(folder, 'elsewhere')
  renameSync(auditDir, elsewhere)
  for (const isFolder of [false, true]) {
    if (isFolder) mkdirSync(auditDir)
    for (const asked of [...searches, ['records', 'export'], ['audit', 'reindex']]) {
      const { code, out, err } = await run(...asked)
      expect([code, out], asked.join(' ')).toEqual([3, ''])
      expect(err).toContain('holds no audit log')
    }
  }
  rmSync(auditDir, { recursive: true })
  renameSync(elsewhere, auditDir)
  const { code, err } = await run('records', 'search')
  expect([code, err]).toEqual([0, ''])
})

test('where the keys are lost, or are those of another gate, nobody is told that a number never called', async () => {
  const path = `${auditDir}-keys.sqlite`
  const losses = [
    () => rmSync(path),
    () => {
      const database = new DatabaseSync(path)
      database.exec('DELETE FROM seed')
      database.close()
    },
    () => {
      // Another gate has other keys of the same tenants and months.
      const database = new DatabaseSync(path)
      database.exec('UPDATE tree SET index_key = randomblob(32)')
      database.exec(`INSERT INTO seed SELECT tenant, month, kind, '', randomblob(32) FROM tree`)
      database.close()
    },
  ]
  for (const lose of losses) {
    lose()
    for (const asked of searches) {
      const { code, err } = await run(...asked)
      expect([asked[0], code]).toEqual([asked[0], code === 0 ? 0 : 3])
      expect(err).toContain('the file was lost')
    }
    const { code, out } = await run('records', 'export', '--format', 'jsonl')
    const [record = '{}'] = out.split('\n')
    expect([code, JSON.parse(record)]).toMatchObject([0, { caller: 'unreadable' }])
    expect(out).not.toContain('erased')
    const show = await run('audit', 'show', JSON.parse(record).callId)
    expect([show.code, show.out.includes('unreadable')]).toEqual([0, true])
  }
})

test('a row that says no moment is told as damage, and made anew', async () => {
  expect((await run('records', 'search')).code).toBe(0)
  const database = new DatabaseSync(`${auditDir}-index.sqlite`)
  database.exec('UPDATE call SET at_ms = 9000000000000000')
  database.close()
  for (const asked of [
    ['records', 'search'],
    ['records', 'export'],
  ]) {
    const { code, out, err } = await run(...asked)
    expect([asked.join(' '), code]).toEqual([asked.join(' '), 3])
    expect(out).not.toContain(ours)
    expect(err).toContain('the index is damaged: make it anew')
  }
  expect((await run('audit', 'reindex')).code).toBe(0)
})

test('a file of keys that is damaged is told, whatever is asked', async () => {
  expect((await run('records', 'search')).code).toBe(0)
  const path = `${auditDir}-keys.sqlite`
  const bytes = readFileSync(path)
  bytes.copy(bytes, 4096, 8192, 12288)
  writeFileSync(path, bytes)
  for (const asked of [...searches, ['records', 'export'], ['audit', 'reindex']]) {
    const { code, out } = await run(...asked)
    expect([asked.join(' '), code === 0, out]).toEqual([asked.join(' '), false, ''])
  }
})

test('an index whose tables were altered is made anew, and says so', async () => {
  const whole = await run('records', 'export')
  const alterations = [
    'DROP TABLE call',
    'DROP TABLE call; CREATE TABLE call (id INTEGER PRIMARY KEY)',
    'ALTER TABLE call RENAME COLUMN duration_ms TO x',
    'CREATE TRIGGER t BEFORE INSERT ON call BEGIN SELECT RAISE(IGNORE); END',
    'CREATE TRIGGER t AFTER UPDATE ON progress BEGIN DELETE FROM call; END',
    'DROP INDEX call_by_called; CREATE INDEX call_by_called ON call (caller_hash)',
  ]
  for (const alteration of alterations) {
    const database = new DatabaseSync(`${auditDir}-index.sqlite`)
    database.exec(alteration)
    database.close()
    const { code, out, err } = await run('records', 'export')
    expect([alteration, code, out]).toEqual([alteration, 0, whole.out])
    expect(err).toContain('The index is damaged; it is made anew.')
  }
})

test('what was dialled and is no number is shown where a callee is, until the number in it is erased', async () => {
  const dialled = 'sip:+1-976-555-1234@gate'
  const sipCallId = 'dialled@192.0.2.9'
  await writeCalls(refusedCall(ours, dialled, { reason: 'number_invalid', sipCallId }))
  const page = join(folder, 'evidence.html')
  expect((await run('audit', 'evidence', sipCallId, '--out', page)).code).toBe(0)
  expect(readFileSync(page, 'utf8')).toContain(dialled)
  const looks = [
    ['audit', 'show', sipCallId],
    ['records', 'search', '--reason', 'number_invalid'],
    ['records', 'export', '--reason', 'number_invalid'],
  ]
  for (const look of looks) expect((await run(...look)).out).toContain(dialled)
  expect((await run('audit', 'erase', '+19765551234', '--tenant', 'acme')).code).toBe(0)
  for (const look of looks) expect((await run(...look)).out).not.toContain('976-555')
})
