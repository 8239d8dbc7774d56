import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readEntries } from '../../src/audit/read.ts'
import { verifyLog } from '../../src/audit/verify.ts'

let folder = ''
const children = new Set<ChildProcess>()

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tollgate-process-'))
})

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  children.clear()
  await rm(folder, { recursive: true })
})

/** Runs as an npm script does; collects what it prints. */
function prepared(...args: string[]) {
  const child = spawn(process.execPath, ['src/prepare.mjs', ...args])
  children.add(child)
  const said = { out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    said.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    said.err += chunk
  })
  const ended = once(child, 'close').then(([code]) => ({ code, ...said }))
  return { child, ended }
}

async function written(text: string): Promise<string> {
  const file = join(folder, 'settings.yaml')
  await writeFile(file, text)
  return file
}

function goodSettings(): string {
  return `
engine: { listen: [udp/127.0.0.1:0] }
store: { path: ${folder}/store.sqlite }
audit: { dir: ${folder}/audit }
identity: { certificateDir: ${folder}/identity, port: 0 }
log: { level: warn }
`
}

async function ready(child: ChildProcess): Promise<void> {
  for await (const chunk of child.stdout ?? []) {
    if (String(chunk).includes('Tollgate is ready: udp/127.0.0.1:')) return
  }
  throw new Error('it ended before it was ready')
}

test('the first signal drains, ends with 0 and leaves a whole audit log', async () => {
  const child = spawn(process.execPath, [
    'src/prepare.mjs',
    'src/main.ts',
    '--config',
    await written(goodSettings()),
  ])
  children.add(child)
  const ended = once(child, 'exit')
  await ready(child)
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  const report = await verifyLog(`${folder}/audit`)
  expect(report).toMatchObject({ uncovered: 0, unfinishedBytes: 0 })
  expect(await lastTypes()).toEqual(['gate.started', 'gate.draining', 'gate.stopped'])
  expect(report.fault).toBeUndefined()
})

test('a SIGTERM that npm gets drains the gate, and npm waits for its end', async () => {
  const file = await written(goodSettings())
  const child = spawn('npm', ['run', 'gate', '--', '--config', file])
  children.add(child)
  const ended = once(child, 'exit')
  await ready(child)
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  expect(await verifyLog(`${folder}/audit`)).toMatchObject({ unfinishedBytes: 0 })
  expect(await lastTypes()).toEqual(['gate.started', 'gate.draining', 'gate.stopped'])
})

/** What the log says last. */
async function lastTypes() {
  const types: string[] = []
  for await (const { event } of readEntries(`${folder}/audit`)) types.push(event.type)
  return types.slice(-3)
}

test('bad settings are all told, and the process ends with 1', async () => {
  const file = await written('keyHeader: From\nengine: { kind: other }\n')
  const { code, err, out } = await prepared('src/main.ts', '--config', file).ended
  expect(code).toBe(1)
  expect(err).toContain('keyHeader: must be')
  expect(err).toContain('engine.kind: must be')
  expect(out).toBe('')
})

test('a wrong command line is answered with the usage, not with a stack', async () => {
  const { code, err } = await prepared('src/main.ts', '--nonsense').ended
  expect(code).toBe(2)
  expect(err).toContain('usage: tollgate start')
  expect(err).not.toContain('    at ')
})

test('--help says how a gate is started, and where every setting stands', async () => {
  const { code, out } = await prepared('src/main.ts', '--help').ended
  expect(code).toBe(0)
  expect(out).toContain('`tollgate settings`')
  const settings = await prepared('src/cli/main.ts', 'settings').ended
  expect(settings.out).toContain('TOLLGATE_ENGINE_LISTEN')
})

test('what is run through prepare ends with its own exit code', async () => {
  expect((await prepared('src/cli/main.ts', 'nonsense').ended).code).toBe(2)
  expect((await prepared('no-such-command').ended).code).toBe(1)
})

test('npm ci does not empty a folder that node_modules is only a link to', async () => {
  const [owner, clone] = [join(folder, 'owner'), join(folder, 'clone')]
  for (const each of [owner, join(clone, 'src')]) await mkdir(each, { recursive: true })
  await writeFile(join(owner, 'kept'), '')
  await writeFile(join(clone, 'package-lock.json'), '{}')
  await symlink(owner, join(clone, 'node_modules'))
  await copyFile('src/prepare.mjs', join(clone, 'src', 'prepare.mjs'))
  const child = spawn(process.execPath, [join(clone, 'src', 'prepare.mjs'), 'tsc'])
  children.add(child)
  let err = ''
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  expect(await once(child, 'close')).toEqual([1, null])
  expect(err).toContain(`node_modules is a link to ${owner}`)
  expect(await readdir(owner)).toEqual(['kept'])
})
