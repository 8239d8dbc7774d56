import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadSettings } from '../../src/config/load.ts'
import type { TenantId } from '../../src/domain/tenant.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { openStore } from '../../src/store/open.ts'
import { runInProcess } from '../support/run-in-process.ts'

let folder: string
let config: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tollgate-permissions-'))
  config = join(folder, 'tollgate.yaml')
  const settings = {
    store: { path: join(folder, 'store.sqlite') },
    audit: { dir: join(folder, 'audit') },
    tenants: [{ id: 'acme' }],
  }
  writeFileSync(config, JSON.stringify(settings))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const run = (...args: string[]) => runInProcess(...args, '--config', config)

/** The permissions as a gate that is running meanwhile has them. */
async function runningGate() {
  const { values, directory } = loadSettings(config, {})
  const around = { clock: systemClock(), random: systemRandom(), directory }
  return openStore({ adapter: 'embedded', path: values['store.path'], ...around })
}

const number = '+12025550123'
const question = { tenantId: 'acme' as TenantId, e164: number, callClass: 'marketing' } as const
const now = () => ({ ...question, nowMs: Date.now() })

test('an opt-out from the command line acts on the next call of a running gate', async () => {
  await using gate = await runningGate()
  expect(await gate.permissions.findOptOut(now())).toBeUndefined()
  const given = ['--tenant', 'acme', '--scope', 'marketing']
  const copied = '+1 (202) 555-0123'
  expect((await run('opt-outs', 'add', `${copied} x4`, '--source', 'letter')).code).toBe(2)
  expect((await run('opt-outs', 'add', copied, ...given, '--source', 'letter')).code).toBe(0)
  expect(await gate.permissions.findOptOut(now())).toMatchObject({
    scope: 'marketing',
    source: 'letter',
  })
  const again = await run('opt-outs', 'add', number, ...given, '--source', 'sms')
  expect(again).toMatchObject({ code: 0, out: expect.stringContaining('(letter)') })
  expect((await run('opt-outs', 'withdraw', number)).code).toBe(1)
  expect((await run('opt-outs', 'withdraw', number, ...given)).code).toBe(0)
  expect(await gate.permissions.findOptOut(now())).toBeUndefined()
})

test.each([
  ['no source', ['opt-outs', 'add', number]],
  ['no number', ['opt-outs', 'add', '--source', 'x']],
  ['a number that is none', ['opt-outs', 'add', '+1202555', '--source', 'x']],
  ['an emergency number', ['opt-outs', 'add', '911', '--source', 'x']],
  ['an unknown scope', ['opt-outs', 'add', number, '--source', 'x', '--scope', 'most']],
  ['an unknown tenant', ['opt-outs', 'add', number, '--source', 'x', '--tenant', 'nobody']],
  ['no tenant', ['consents', 'list', number]],
])('with %s nothing is done', async (_, args) => {
  expect((await run(...args)).code).toBe(2)
})

const header = 'id,number,purpose,how,given_at,evidence,expires_at'

function fileWith(...lines: string[]): string {
  const path = join(folder, 'consents.csv')
  writeFileSync(path, [header, ...lines].join('\n'))
  return path
}

test('imported consents are in force at once, listed, and revoked one by one', async () => {
  await using gate = await runningGate()
  const file = fileWith(
    `form-1,${number},marketing,web form,2026-01-01,https://e.example/1,`,
    'form-2,12025550124,marketing,spoken,2026-01-01T09:00:00+01:00,rec-2,2099-01-01',
  )
  const imported = await run('consents', 'import', file, '--tenant', 'acme')
  expect(imported).toMatchObject({
    code: 0,
    out: '2 consents are added; 0 were on record already.',
  })
  expect(await gate.permissions.findConsent(now())).toMatchObject({ id: 'form-1', how: 'web form' })
  const again = await run('consents', 'import', file, '--tenant', 'acme', '--json')
  expect(JSON.parse(again.out)).toEqual({ added: 0, known: 2, bad: 0 })
  expect((await run('consents', 'revoke', 'form-1', '--tenant', 'acme')).code).toBe(0)
  expect((await run('consents', 'revoke', 'form-9', '--tenant', 'acme')).code).toBe(1)
  expect(await gate.permissions.findConsent(now())).toBeUndefined()
  const listed = await run('consents', 'list', number, '--tenant', 'acme')
  expect(listed.out).toMatch(/^form-1\tmarketing\tweb form\t2026-01-01\S*\t-\t20\S*\thttps/)
  expect((await run('consents', 'list', '+12025550199', '--tenant', 'acme')).code).toBe(1)
})

test('a consent from the command line is in force at once, once for each id', async () => {
  await using gate = await runningGate()
  const add = (...rest: string[]) => {
    return run('consents', 'add', number, '--tenant', 'acme', '--purpose', 'marketing', ...rest)
  }
  const evidence = ['--evidence', 'https://e.example/1']
  const given = ['--how', 'web form', '--given', '2026-01-01', ...evidence]
  expect(await add('--id', 'form-1', ...given, '--expires', '2099-01-01T00:00:00Z')).toMatchObject({
    code: 0,
    out: `Consent form-1 of ${number} is on record (marketing).`,
  })
  expect(await gate.permissions.findConsent(now())).toMatchObject({
    id: 'form-1',
    how: 'web form',
    givenAtMs: Date.parse('2026-01-01T00:00:00Z'),
  })
  const again = await add('--id', 'form-1', ...given, '--json')
  expect(again).toMatchObject({ code: 1, out: '', err: expect.stringContaining('form-1 already') })
  const listed = await run('consents', 'list', number, '--tenant', 'acme', '--json')
  expect(JSON.parse(listed.out)).toHaveLength(1)
  expect((await run('consents', 'revoke', 'form-1', '--tenant', 'acme')).code).toBe(0)
  expect(await gate.permissions.findConsent(now())).toBeUndefined()
  for (const [rest, fault] of [
    [['--id', 'form 2', ...given], '--id is not'],
    [['--id', 'f', '--how', 'x', '--given', 'yesterday', ...evidence], '--given is neither'],
    [['--id', 'f', ...given, '--expires', '2025-01-01'], '--expires is not after'],
    [['--id', 'f', '--how', 'x'.repeat(501), '--given', '2026-01-01', ...evidence], '--how is'],
  ] as const) {
    const refused = await add(...rest)
    expect(refused).toMatchObject({ code: 2, out: '', err: expect.stringContaining(fault) })
  }
})

test('a file with bad lines is not imported, unless they are to be left out; each is told', async () => {
  const file = fileWith(
    `form-1,${number},marketing,web form,2026-01-01,e,`,
    'form-2,nobody,marketing,web form,2026-01-01,e,',
    `form-3,${number},fun,web form,2026-01-01,e,`,
    `form-4,${number},marketing,web form,yesterday,e,`,
    `form-5,${number},marketing,web form,2026-01-01,e,2025-01-01`,
    `form-6,${number},marketing,web form,2026-01-01,,`,
  )
  const refused = await run('consents', 'import', file, '--tenant', 'acme')
  expect(refused.code).toBe(1)
  expect(refused.err.split('\n').slice(1)).toEqual([
    '  line 3, number: is not E.164 with its country code',
    '  line 4, purpose: is not a call class',
    '  line 5, given_at: is neither a date nor a moment with its offset',
    '  line 6, expires_at: is not after given_at',
    '  line 7, evidence: is empty',
  ])
  expect((await run('consents', 'list', number, '--tenant', 'acme')).code).toBe(1)
  const skipped = await run('consents', 'import', file, '--tenant', 'acme', '--skip-bad-lines')
  expect(skipped).toMatchObject({ code: 0, out: '1 consents are added; 0 were on record already.' })
})

test('imported opt-outs are in force at once, and a number can be asked about', async () => {
  await using gate = await runningGate()
  const file = join(folder, 'opt-outs.csv')
  writeFileSync(file, `number,scope,source\n${number},marketing,letter\n+12025550124,,\n`)
  const imported = await run('opt-outs', 'import', file, '--tenant', 'acme', '--json')
  expect(imported).toMatchObject({ code: 0, out: '{"kept":2,"bad":0}' })
  expect(await gate.permissions.findOptOut(now())).toMatchObject({ source: 'letter' })
  await run('opt-outs', 'add', number, '--source', 'regulator')
  const other = ['opt-outs', 'check', '+12025550124']
  expect(JSON.parse((await run(...other, '--tenant', 'acme', '--json')).out)).toMatchObject([
    { callClass: 'marketing', optOut: { scope: 'all', tenantId: 'acme' } },
    { callClass: 'transactional', optOut: { scope: 'all' } },
  ])
  expect((await run(...other)).code).toBe(1)
  expect((await run('opt-outs', 'check', number)).out).toMatch(
    /^marketing\teverybody\tall\t\S+\tregulator\ntransactional\t/,
  )
  expect((await run('opt-outs', 'check', number, '--tenant', 'acme')).out).toMatch(
    /^marketing\tacme\tmarketing\t\S+\tletter\nmarketing\teverybody\tall\t\S+\tregulator\ntransactional\t/,
  )
  const list = ['opt-outs', 'list', '--tenant', 'acme', '--limit', '1']
  const first = JSON.parse((await run(...list, '--json')).out)
  expect(first.items).toMatchObject([{ e164: number, scope: 'marketing' }])
  const second = await run(...list, '--cursor', first.next)
  expect(second).toMatchObject({ code: 0, err: '' })
  expect(second.out).toMatch(/^\+12025550124\tall\t/)
  expect((await run('opt-outs', 'list')).out).toMatch(/^\+12025550123\tall\t\S+\tregulator$/)
  writeFileSync(file, `number\n${number}\n911\n`)
  const refused = await run('opt-outs', 'import', file)
  expect(refused).toMatchObject({ code: 1, out: '', err: expect.stringContaining('is not E.164') })
  const skipped = await run('opt-outs', 'import', file, '--skip-bad-lines')
  expect(skipped).toMatchObject({ code: 0, out: '1 opt-outs are on record.' })
})
