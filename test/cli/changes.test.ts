import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stateTopic } from '../../src/admission/breaker/notes.ts'
import type { CliUsed, ConfigChanged, StateChanged } from '../../src/audit/event.ts'
import { OutputGone } from '../../src/cli/command.ts'
import { commands } from '../../src/cli/commands.ts'
import { runCli } from '../../src/cli/run.ts'
import { loadSettings } from '../../src/config/load.ts'
import type { Key } from '../../src/domain/key.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { openBooks, openStore } from '../../src/store/open.ts'
import { openedEvents } from '../support/gate-audit.ts'
import { runInProcess } from '../support/run-in-process.ts'

const number = '+12025550123'
const terms = ['--tenant', 'acme', '--policy', 'us', '--source', '198.51.100.0/24']

let folder: string
let keyId: string
/** Everything that was shown once. */
const secrets: string[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tollgate-changes-'))
  writeSettings('tollgate.yaml', { mayCall: 'US' })
  writeSettings('next.yaml', { mayCall: 'CA' })
  const csv =
    'id,number,purpose,how,given_at,evidence\nc1,+12025550123,marketing,form,2026-01-01,x\n'
  writeFileSync(join(folder, 'consents.csv'), csv)
  writeFileSync(join(folder, 'opt-outs.csv'), `number\n${number}\n`)
  keyId = (await runs('keys mint', ...terms)).id
  const { values, directory } = loadSettings(join(folder, 'tollgate.yaml'), {})
  const around = { clock: systemClock(), random: systemRandom(), directory }
  await using gate = await openStore({ adapter: 'embedded', path: values['store.path'], ...around })
  const note = { state: 'open', sinceMs: 0, untilMs: 1, openMs: 1, signals: { attempts: 99 } }
  await gate.board.post(stateTopic, 'tenant:acme', () => JSON.stringify(note))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function writeSettings(name: string, { mayCall }: { readonly mayCall: string }): void {
  const settings = {
    store: { path: join(folder, 'store.sqlite') },
    audit: { dir: join(folder, 'audit') },
    tenants: [{ id: 'acme' }],
    policies: [{ id: 'us', regions: [mayCall], homeRegion: 'US' }],
  }
  writeFileSync(join(folder, name), JSON.stringify(settings))
}

async function runs(words: string, ...args: string[]) {
  const given = [...words.split(' '), ...args, '--config', join(folder, 'tollgate.yaml'), '--json']
  const { code, out, err } = await runInProcess(...given)
  expect(code, `${words}: ${err}`).toBe(0)
  const value = JSON.parse(out)
  if (typeof value.key === 'string') secrets.push(value.key.split('_').at(-1))
  return value
}

type Change = ConfigChanged | StateChanged

async function changes(): Promise<readonly Change[]> {
  const keys = join(folder, 'audit-keys.sqlite')
  const events = await openedEvents(join(folder, 'audit-cli'), keys)
  return events.filter((event): event is Change =>
    ['config.changed', 'state.changed'].includes(event.type),
  )
}

const json = (of: object) => expect.stringContaining(JSON.stringify(of).slice(1, -1))

// biome-ignore format: one command a line, and what its one event has
const rows: readonly [string, () => readonly string[], Partial<Change>][] = [
  ['keys mint', () => terms, { subject: 'key', after: json({ status: 'active' }) }],
  ['keys rotate', () => [keyId], { subject: 'key', before: json({ hasPrevious: false }), after: json({ hasPrevious: true }) }],
  ['keys suspend', () => [keyId], { subject: 'key', before: json({ status: 'active' }), after: json({ status: 'suspended' }) }],
  ['keys resume', () => [keyId], { subject: 'key', before: json({ status: 'suspended' }), after: json({ status: 'active' }) }],
  ['keys revoke', () => [keyId], { subject: 'key', before: json({ status: 'active' }), after: json({ status: 'revoked' }) }],
  ['tenants suspend', () => ['acme'], { subject: 'tenant', before: json({ status: 'active' }), after: json({ status: 'suspended' }) }],
  ['tenants resume', () => ['acme'], { subject: 'tenant', before: json({ status: 'suspended' }), after: json({ status: 'active' }) }],
  ['apply', () => ['-f', join(folder, 'next.yaml'), '--yes'], { subject: 'policy', before: json({ regions: ['US'] }), after: json({ regions: ['CA'] }) }],
  ['revisions drop', () => ['all'], { subject: 'policy', before: json({ regions: ['CA'] }), after: json({ regions: ['US'] }) }],
  ['revisions roll-back', () => ['2'], { subject: 'policy', before: json({ regions: ['US'] }), after: json({ regions: ['CA'] }) }],
  ['breaker close', () => ['tenant:acme'], { subject: 'breaker', before: json({ state: 'open' }), after: json({ state: 'closed' }) }],
  ['opt-outs add', () => [number, '--source', 'letter'], { subject: 'opt_out', number, after: json({ scope: 'all' }) }],
  ['opt-outs withdraw', () => [number], { subject: 'opt_out', number, before: json({ scope: 'all' }) }],
  ['opt-outs import', () => [join(folder, 'opt-outs.csv'), '--tenant', 'acme'], { subject: 'opt_out', number, tenantId: 'acme' }],
  ['consents import', () => [join(folder, 'consents.csv'), '--tenant', 'acme'], { subject: 'consent', number, id: 'c1', after: json({ isRevoked: false }) }],
  ['consents add', () => [number, '--id', 'c2', '--tenant', 'acme', '--purpose', 'marketing', '--how', 'form', '--given', '2026-01-01', '--evidence', 'x'], { subject: 'consent', number, id: 'c2', after: json({ isRevoked: false }) }],
  ['consents revoke', () => ['c1', '--tenant', 'acme'], { subject: 'consent', id: 'c1', before: json({ isRevoked: false }), after: json({ isRevoked: true }) }],
]

const call = ['--from', '+12025550100', '--to', number]

/** What reads and is shown below to leave its use. */
const reads: readonly (readonly [string, () => readonly string[]])[] = [
  ['diff', () => ['-f', join(folder, 'next.yaml')]],
  ['revisions list', () => []],
  ['revisions show', () => ['1']],
  ['webhooks failed', () => []],
  ['breaker list', () => []],
  ['tenants list', () => []],
  ['policies list', () => []],
  ['carriers list', () => []],
  ['trunks list', () => []],
  ['numbers list', () => []],
  ['export', () => []],
  ['explain', () => ['--key-id', keyId, ...call]],
]

/** What leaves no event in this log; docs/cli.md says why. */
const unrecorded = [
  ...[
    'calls list',
    'calls tail',
    'calls end',
    'usage',
    'bans list',
    'bans lift',
    'drain',
    'reload',
  ],
  ...['start', 'doctor', 'audit verify', 'settings', 'completion', 'keys declare', 'certs ca'],
  ...[
    'certs issue',
    'certs csr',
    'certs show',
    'passport decode',
    'passport verify',
    'audit check',
  ],
]

/** What else is recorded: it reads, makes what is used up within the hour, or has an event of its own. */
const others = [
  ...['keys token', 'audit erase', 'audit expire', 'audit reindex', 'audit evidence', 'audit show'],
  ...['audit trace', 'records search', 'records export', 'consents list', 'opt-outs check'],
  ...['opt-outs list', 'keys list', 'keys show'],
]

test('every command is recorded, or is among those of which docs/cli.md says why not', async () => {
  const [recorded, rest]: [string[], string[]] = [[], []]
  for (const [words, { load }] of Object.entries(commands)) {
    ;((await load()).recorded ? recorded : rest).push(words)
  }
  const known = [...rows, ...reads].map(([words]) => words)
  expect(recorded.sort()).toEqual([...known, ...others].sort())
  expect(rest.sort()).toEqual([...unrecorded].sort())
})

test.each(rows)('%s leaves one event of what was and is, without a secret', async (...row) => {
  const [words, args, wanted] = row
  const known = (await changes()).length
  await runs(words, ...args())
  const made = (await changes()).slice(known)
  expect(made).toMatchObject([wanted])
  const text = JSON.stringify(made)
  for (const secret of secrets) expect(text).not.toContain(secret)
  expect(`${made[0]?.before} ${made[0]?.after}`).not.toContain(number)
})

async function uses(): Promise<readonly CliUsed[]> {
  const keys = join(folder, 'audit-keys.sqlite')
  const events = await openedEvents(join(folder, 'audit-cli'), keys)
  return events.filter((event) => event.type === 'cli.used')
}

test.each(reads)(
  '%s leaves who used it, with what result and how much was read',
  async (...row) => {
    const [words, args] = row
    const known = (await uses()).length
    const given = [...words.split(' '), ...args(), '--config', join(folder, 'tollgate.yaml')]
    const { code, out, err } = await runInProcess(...given)
    const use = { command: words, actor: expect.stringMatching(/./) }
    const numbers = words === 'explain' ? `+12025550100 ${number}` : undefined
    expect((await uses()).slice(known), err).toEqual([
      expect.objectContaining({ ...use, stage: 'began', ...(numbers && { numbers }) }),
      expect.objectContaining({
        ...use,
        stage: 'ended',
        result: code,
        linesRead: out === '' ? 0 : out.split('\n').length,
      }),
    ])
  },
)

test('a reader that goes away, or a full disk behind it, leaves how the use ended', async () => {
  for (const [cause, result, said] of [
    ['EPIPE', 0, ''],
    ['ENOSPC', 3, 'tollgate: standard output cannot be written: full'],
  ] as const) {
    const known = (await uses()).length
    const err: string[] = []
    const out = () => {
      throw new OutputGone(Object.assign(new Error('full'), { code: cause }))
    }
    const given = ['tenants', 'list', '--config', join(folder, 'tollgate.yaml')]
    expect(await runCli(given, { out, err: (line) => err.push(line) })).toBe(result)
    expect(err.join('\n')).toBe(said)
    expect((await uses()).slice(known)).toMatchObject([
      { stage: 'began' },
      { stage: 'ended', result },
    ])
  }
})

test.each(['EPIPE', 'ENOSPC'])(
  'a secret that nobody could read (%s) does not work, and what became of it is on record',
  async (code) => {
    const [config, { id }] = [join(folder, 'tollgate.yaml'), await runs('keys mint', ...terms)]
    const err: string[] = []
    const unheard = (words: string, ...args: string[]) => {
      const out = () => {
        throw new OutputGone(Object.assign(new Error('full'), { code }))
      }
      const given = [...words.split(' '), ...args, '--config', config]
      return runCli(given, { out, err: (line) => err.push(line) })
    }
    const known = (await changes()).length
    const had = await keyKept(id)
    expect(await unheard('keys mint', ...terms)).toBe(3)
    expect(await unheard('keys rotate', id, '--overlap-hours', '0')).toBe(3)
    expect(await keyKept(id)).toEqual(had)
    const [minted, revoked, rotated, back] = (await changes()).slice(known)
    expect(minted).toMatchObject({ after: json({ status: 'active' }) })
    expect(revoked).toMatchObject({ id: minted?.id, after: json({ status: 'revoked' }) })
    expect(rotated).toMatchObject({ id, after: json({ hasPrevious: true }) })
    expect(back).toMatchObject({ id, after: json({ hasPrevious: false }) })
    expect((await keyKept(minted?.id ?? ''))?.status).toBe('revoked')
    expect(err).toEqual([
      `Key ${minted?.id} is revoked: nobody has seen it.`,
      `tollgate: key ${minted?.id} was not shown: standard output cannot be written: full`,
      `Key ${id} has the secret again that it had: nobody has seen another.`,
      `tollgate: key ${id} was not shown: standard output cannot be written: full`,
    ])
  },
)

test('a rotation that nobody could read leaves a later one as it is', async () => {
  const { id } = await runs('keys mint', ...terms)
  await using books = await booksHere()
  const later = Buffer.alloc(32, 7)
  const drained = async () => {
    await books.keys.changeKey(id, { secretHash: later })
    throw new OutputGone(Object.assign(new Error('full'), { code: 'EPIPE' }))
  }
  const given = ['keys', 'rotate', id, '--config', join(folder, 'tollgate.yaml')]
  expect(await runCli(given, { out: () => undefined, err: () => undefined, drained })).toBe(3)
  expect((await keyKept(id))?.secretHash).toEqual(later)
})

async function keyKept(id: string): Promise<Key | undefined> {
  await using books = await booksHere()
  return (await books.keys.allKeys()).find((key) => key.id === id)
}

function booksHere() {
  const { values, directory } = loadSettings(join(folder, 'tollgate.yaml'), {})
  const around = { clock: systemClock(), random: systemRandom(), directory }
  return openBooks({ adapter: 'embedded', path: values['store.path'], ...around })
}
