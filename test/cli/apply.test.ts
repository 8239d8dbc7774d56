import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runCli } from '../../src/cli/run.ts'
import { file, hash, keyId } from '../declared/support.ts'
import { runInProcess } from '../support/run-in-process.ts'

let folder: string
let config: string
let wanted: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tollgate-apply-'))
  config = join(folder, 'tollgate.yaml')
  wanted = join(folder, 'wanted.yaml')
  const settings = {
    store: { path: join(folder, 'store.sqlite') },
    audit: { dir: join(folder, 'audit') },
  }
  writeFileSync(config, JSON.stringify({ ...settings, ...file }))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const run = (...args: string[]) => runInProcess(...args, '--config', config)
const want = (tree: object) => writeFileSync(wanted, JSON.stringify(tree))
const apply = (...more: string[]) => run('apply', '-f', wanted, ...more)

const policies = [
  { id: 'us', regions: ['US', 'CA'], homeRegion: 'US' },
  { id: 'fr', regions: ['FR'], homeRegion: 'FR' },
]

test('a file is shown, then applied once, and the second time there is nothing to do', async () => {
  want({ log: { level: 'warn' }, policies })
  const shown = await apply()
  expect(shown).toMatchObject({ code: 1, err: expect.stringContaining('--yes') })
  expect(shown.err).toContain('log')
  expect(shown.out.split('\n')).toEqual([
    '~ policies us',
    '    regions: ["US"] -> ["US","CA"]',
    '+ policies fr',
    ...['    homeRegion: "FR"', '    id: "fr"', '    regions: ["FR"]'],
  ])
  expect((await run('diff', '-f', wanted)).code).toBe(1)
  expect(await apply('--yes')).toMatchObject({
    code: 0,
    out: expect.stringContaining('Revision 1'),
  })
  expect(await apply('--yes')).toMatchObject({ code: 0, out: 'Nothing to do.' })
  expect((await run('diff', '-f', wanted)).code).toBe(0)
  expect((await run('policies', 'list')).out).toMatch(/us\tr1\t.*CA.*\nfr\tr1/s)
})

test('what is exported applies to nothing, pruned or not, and shows no secret', async () => {
  want({ policies, keys: [{ ...file.keys[0], status: 'suspended' }], tenants: [{ id: 'new' }] })
  await apply('--yes')
  for (const more of [[], ['--json']]) {
    const { out } = await run('export', ...more)
    expect(out).not.toContain(hash.slice(7))
    writeFileSync(wanted, out)
    expect(await apply('--yes', '--prune')).toMatchObject({ code: 0, out: 'Nothing to do.' })
  }
})

test('what nobody sees of a name is exported so that it applies to nothing', async () => {
  want({ tenants: [{ id: 'acme', name: 'a\u202eb\u200b\u{e0041}\u2028\u001b[31m: #' }] })
  await apply('--yes')
  const { out } = await run('export')
  expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\u2028]/u)
  writeFileSync(wanted, out)
  expect(await apply('--yes')).toMatchObject({ code: 0, out: 'Nothing to do.' })
})

test('what the file does not name is left, and with --prune taken out of the lists that it has', async () => {
  want({ tenants: [{ id: 'acme' }], keys: [] })
  expect((await apply('--yes')).out).toBe('Nothing to do.')
  const pruned = await apply('--yes', '--prune')
  expect(pruned.out).toContain('- tenants other')
  const { out } = await run('export', '--json')
  expect(JSON.parse(out)).toMatchObject({ tenants: [{ id: 'acme' }], keys: [], carriers: [{}] })
  expect((await run('keys', 'show', keyId)).out).toContain('revoked')
})

test('a list is judged by its file in another folder, and declared by the path that gates have', async () => {
  const list = { id: 'bad', file: '/etc/tollgate/of-gates-alone/bad.csv' }
  want({ prefixLists: [list] })
  const nowhere = await apply('--yes')
  expect(nowhere).toMatchObject({ code: 1, err: expect.stringContaining(list.file) })
  expect(nowhere.err.split('\n').at(-1)).toContain('--files')
  mkdirSync(join(folder, 'lists'))
  writeFileSync(join(folder, 'lists/bad.csv'), 'prefix\nnone\n')
  const files = ['--files', join(folder, 'lists')]
  expect((await apply('--yes', ...files)).err).toContain('line 2')
  writeFileSync(join(folder, 'lists/bad.csv'), 'prefix\n+1900\n')
  expect((await apply('--yes', ...files)).code).toBe(0)
  const { out } = await run('export', '--json')
  expect(JSON.parse(out).prefixLists).toEqual([list])
  want({ prefixLists: [] })
  expect((await apply('--yes', '--prune')).code).toBe(0)
  expect((await run('revisions', 'roll-back', '2')).err).toContain('--files')
  expect((await run('revisions', 'roll-back', '2', ...files)).code).toBe(0)
})

test.each([
  ['a name alone', ['acme']],
  ['nothing', [null]],
  ['a list', [[{ id: 'acme' }]]],
])(
  'an entry that is %s is told and not left out, so that --prune takes nothing out for it',
  async (_, tenants) => {
    want({ tenants })
    for (const more of [[], ['--yes', '--prune']]) {
      expect(await apply(...more)).toMatchObject({
        code: 3,
        out: '',
        err: 'tollgate: tenants[0]: must have named fields',
      })
    }
  },
)

test('a file that still has a key which was revoked is told that it stays so, or says so itself', async () => {
  const [key] = file.keys
  await run('keys', 'revoke', keyId)
  want({ policies, keys: file.keys })
  expect(await apply('--yes')).toMatchObject({
    code: 1,
    err: `keys[${keyId}].status: is revoked for good`,
  })
  want({ policies, keys: [{ ...key, status: 'revoked' }] })
  expect(await apply('--yes')).toMatchObject({ code: 0 })
})

test('a file that does not hold together changes nothing, and every reason is told', async () => {
  want({
    policies,
    tenants: [
      { id: 'new', rateDeck: 'none' },
      { id: 'acme', limits: 5 },
    ],
  })
  const refused = await apply('--yes')
  expect(refused.code).toBe(1)
  expect(refused.err.split('\n')).toEqual([
    'tenants[acme].limits: must hold named settings',
    'tenants[new].rateDeck: no rate deck is called "none"',
  ])
  want({ policies: [{ regions: [] }], tenants: [{ id: 'x' }, { id: 'x' }] })
  expect((await apply('--yes')).err).toContain('policies[0]: has no name')
  expect(JSON.parse((await run('export', '--json')).out).policies).toEqual(file.policies)
})

test('the bad lines of a list are told with their numbers, by diff and apply, and nothing is changed', async () => {
  const csv = join(folder, 'stop.csv')
  want({ policies, suppressionLists: [{ id: 'stop', file: csv, badLines: 'refuse' }] })
  expect(await apply('--yes')).toMatchObject({ code: 1, err: expect.stringContaining('ENOENT') })
  writeFileSync(csv, 'number\n+12025550123\nnobody\n')
  for (const command of ['diff', 'apply']) {
    const refused = await run(command, '-f', wanted, ...(command === 'apply' ? ['--yes'] : []))
    expect(refused).toMatchObject({
      code: 1,
      out: '',
      err: `suppressionLists[stop].file: ${csv}: line 3, number: is not E.164 with its country code`,
    })
  }
  expect((await run('policies', 'list')).out).not.toContain('fr')
  writeFileSync(csv, 'number\n+12025550123\n')
  expect((await apply('--yes')).code).toBe(0)
  writeFileSync(csv, 'number\nnobody\n')
  expect((await run('revisions', 'roll-back', '1')).code).toBe(0)
})

test('a change is listed and rolled back, and other commands go by it meanwhile', async () => {
  want({ tenants: [{ id: 'new' }] })
  await apply('--yes')
  const terms = ['--tenant', 'new', '--policy', 'us', '--source', '192.0.2.0/24']
  const { out } = await run('keys', 'mint', ...terms, '--json')
  expect((await run('revisions', 'list')).out).toMatch(/^1 20.*\n {2}\+ tenants new/)
  expect((await run('revisions', 'show', '1')).out).toMatch(/^1 20.*\n {2}\+ tenants new/)
  expect((await run('revisions', 'show', '9')).code).toBe(1)
  expect((await run('carriers', 'list')).out).toMatch(/^c1\tf/)
  expect((await run('numbers', 'list')).out).toMatch(/^\+12125550100\tf.*tenant=acme/)
  expect((await run('trunks', 'list')).code).toBe(0)
  expect((await run('revisions', 'roll-back', '1')).err).toContain('no tenant is called "new"')
  await run('keys', 'revoke', JSON.parse(out).id)
  expect((await run('revisions', 'roll-back', '1')).code).toBe(0)
  expect((await run('tenants', 'list')).out).not.toContain('new')
})

test("the demo's own file is one that can be applied, and has nothing to do at its own gate", async () => {
  const demo = readFileSync('config/demo.yaml', 'utf8').replaceAll('data/demo/', `${folder}/`)
  writeFileSync(config, demo)
  const applied = await run('apply', '-f', 'config/demo.yaml', '--yes', '--prune')
  expect(applied).toMatchObject({ code: 0, out: 'Nothing to do.' })
  expect(applied.err).toContain('engine')
})

/** Has the file lack a tenant that a number, changed at run time, and a key need. */
async function contradict(): Promise<string> {
  want({ numbers: [{ number: '+12125550150', tenant: 'other' }], policies })
  await apply('--yes')
  const terms = ['--tenant', 'other', '--policy', 'us', '--source', '192.0.2.0/24']
  await run('keys', 'mint', ...terms)
  const settings = JSON.parse(readFileSync(config, 'utf8'))
  writeFileSync(config, JSON.stringify({ ...settings, tenants: [{ id: 'acme' }] }))
  const { code, out } = await run('doctor')
  expect(code).toBe(1)
  return out
}

test('what contradicts the file is named with the command that mends it, and the command does', async () => {
  const told = await contradict()
  expect(told).toContain('numbers[+12125550150].tenant: no tenant is called "other"')
  expect(told).toContain('numbers/+12125550150: changed at run time, revision 1')
  const mending = /tollgate (revisions drop \S+)$/m.exec(told)?.[1] ?? ''
  expect(mending).toBe('revisions drop numbers/+12125550150')
  expect(await run(...mending.split(' '))).toMatchObject({
    code: 0,
    out: expect.stringContaining('- numbers +12125550150'),
  })
  expect((await run('doctor')).out).toMatch(/ok +declared +the file, and 2 entries/)
  expect((await run('policies', 'list')).out).toMatch(/us\tr1\t/)
  expect((await run('revisions', 'drop', 'all')).out).toMatch(/- policies fr/)
  expect((await run('policies', 'list')).out).not.toContain('fr')
  expect(await run('revisions', 'drop', 'policies/us')).toMatchObject({ code: 1 })
  expect(await run('revisions', 'drop', 'us')).toMatchObject({ code: 2 })
})

test('a change that leaves keys without their tenant as they were names them', async () => {
  const terms = ['--tenant', 'other', '--policy', 'us', '--source', '192.0.2.0/24', '--json']
  const { id } = JSON.parse((await run('keys', 'mint', ...terms)).out)
  const settings = JSON.parse(readFileSync(config, 'utf8'))
  writeFileSync(config, JSON.stringify({ ...settings, tenants: [{ id: 'acme' }] }))
  want({ policies })
  const warning = `Warning: key ${id} is refused: no tenant is called "other".`
  expect(await apply('--yes')).toMatchObject({ code: 0, err: warning })
  want({ tenants: [{ id: 'other' }] })
  expect(await apply('--yes', '--json')).toMatchObject({ code: 0, err: '' })
})

test('a file that is applied mends what contradicts the one of the gate', async () => {
  await contradict()
  want({ tenants: [{ id: 'other' }] })
  expect(await apply('--yes')).toMatchObject({ code: 0 })
  expect((await run('doctor')).out).toMatch(/ok +declared/)
})

test('a dash is standard input, read before the log of the command line is taken', async () => {
  const text = JSON.stringify({ policies })
  const lines = async (parts: AsyncIterable<Uint8Array>, ...args: string[]) => {
    const [out, err]: [string[], string[]] = [[], []]
    const code = await runCli([...args, '--config', config], {
      out: (line: string) => out.push(line),
      err: (line: string) => err.push(line),
      standardInput: () => parts,
    })
    return { code, out: out.join('\n'), err: err.join('\n') }
  }
  // A command that is recorded writes what this one reads.
  async function* written() {
    expect((await run('policies', 'list')).code).toBe(0)
    yield* [text.slice(0, 5), text.slice(5)].map((part) => Buffer.from(part))
  }
  expect(await lines(written(), 'apply', '-f', '-', '--yes')).toMatchObject({
    code: 0,
    out: expect.stringContaining('Revision 1.'),
    err: '',
  })
  expect(await lines(written(), 'diff', '-f', '-')).toMatchObject({
    code: 0,
    out: 'Nothing to do.',
  })
  async function* endless() {
    for (;;) yield Buffer.alloc(1024 * 1024)
  }
  async function* nothing() {}
  for (const [parts, why] of [
    [endless(), 'is larger than 33554432 bytes'],
    [nothing(), 'is empty'],
  ] as const) {
    expect(await lines(parts, 'apply', '-f', '-', '--yes')).toEqual({
      code: 3,
      out: '',
      err: `tollgate: standard input ${why}`,
    })
  }
})

test('a file that does not end is refused with how much is read', async () => {
  const why = '/dev/zero cannot be read: is larger than 33554432 bytes'
  expect(await run('diff', '-f', '/dev/zero')).toMatchObject({ code: 3, err: `tollgate: ${why}` })
  expect((await runInProcess('tenants', 'list', '--config', '/dev/zero')).err).toContain(why)
})
