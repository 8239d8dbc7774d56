import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, copyFileSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import type { AuditEvent } from '../../src/audit/event.ts'
import { formatIdentityHeader } from '../../src/identity/identity-header.ts'
import { holdFile } from '../../src/kernel/held-file.ts'
import { decided, open, ringing, temporaryDirectory, writeLog } from '../audit/support.ts'
import { runInProcess } from '../support/run-in-process.ts'

/** Two commands have begun within it, on a busy machine too. */
const heldMs = 3_000

test('a whole log verifies with 0, and says by which key', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, ['a', 'b'])
  const { code, out, err } = await runInProcess('audit', 'verify', '--dir', dir.path)
  expect(code).toBe(0)
  expect(out).toMatch(/^OK .*: 2 entries\n {2}origin tollgate\/0{31}1\n {2}root {3}[\w+/]{43}=\n/)
  expect(err).toContain('give --key')
  const key = /key {4}(\S+)/.exec(out)?.[1] ?? ''
  const again = await runInProcess('audit', 'verify', '--dir', dir.path, '--key', key)
  expect([again.code, again.err]).toEqual([0, ''])
})

test('a log is verified from a checkpoint on that was kept', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, ['a', 'b'])
  const kept = join(dir.path, '../kept')
  copyFileSync(join(dir.path, 'checkpoint'), kept)
  await writeLog(dir.path, ['c'])
  const { code, out } = await runInProcess('audit', 'verify', '--dir', dir.path, '--since', kept)
  expect(code).toBe(0)
  expect(out).toContain('entries 2 to 3')
})

test('what is no key and no checkpoint is a mistake of who asks, not a damage of the log', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, ['a', 'b'])
  const verify = (...args: string[]) => runInProcess('audit', 'verify', '--dir', dir.path, ...args)
  const junk = await verify('--key', 'junk')
  expect(junk).toMatchObject({ code: 2, out: '' })
  expect(junk.err).toContain('--key must be the verifier key of a log')
  const since = join(dir.path, 'vkey')
  const none = await verify('--since', since)
  expect(none).toMatchObject({
    code: 3,
    out: '',
    err: `tollgate: --since: ${since} is not a checkpoint`,
  })
  const [own, foreign] = [join(dir.path, 'checkpoint'), join(dir.path, '../foreign')]
  writeFileSync(foreign, readFileSync(own, 'utf8').replace('tollgate/', 'elsewhere/'))
  const key = /key {4}(\S+)/.exec((await verify()).out)?.[1] ?? ''
  expect(await verify('--key', key, '--since', own)).toMatchObject({ code: 0 })
  const unsigned = await verify('--key', key, '--since', foreign)
  expect(unsigned).toMatchObject({ code: 3, out: '' })
  expect(unsigned.err).toContain('is not signed by the key of --key')
  // Of whom the log is, is for the log to say here: it may have been replaced.
  expect(await verify('--since', foreign)).toMatchObject({ code: 1 })
})

test('a damaged log ends with 1 and the place of the damage', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, ['a', 'b'])
  const path = join(dir.path, 'pending/0')
  writeFileSync(path, readFileSync(path, 'utf8').replace('192.0.2.1', '192.0.2.2'))
  const { code, out } = await runInProcess('audit', 'verify', '--dir', dir.path)
  expect(code).toBe(1)
  expect(out).toContain('pending/0, entry 0: the entry is not the one that the tree commits to')
})

test('a directory without a log ends with 3', async () => {
  using dir = temporaryDirectory()
  expect(await runInProcess('audit', 'verify', '--dir', dir.path)).toMatchObject({
    code: 3,
    err: `tollgate: ${dir.path} holds no audit log`,
  })
})

test('the events of one call are shown, by our id and by the SIP Call-ID', async () => {
  using dir = temporaryDirectory()
  {
    await using log = await open(dir.path)
    for (const event of [decided('a'), decided('b'), ringing('b')]) await log.append(event)
  }
  for (const id of ['b', 'b@192.0.2.1']) {
    const { code, out } = await runInProcess('audit', 'show', id, '--dir', dir.path)
    expect(code).toBe(0)
    expect(out.split('\n').map((line) => line.split(' ').slice(0, 3))).toEqual([
      ['1', '2026-01-05T12:00:00.000Z', 'call.decided'],
      ['2', '2026-01-05T12:00:00.000Z', 'call.ringing'],
    ])
  }
  expect(await runInProcess('audit', 'show', 'c', '--dir', dir.path)).toMatchObject({
    code: 1,
    out: '',
  })
})

test('what stands before a damage is still shown, and the damage told', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, ['a', 'b'])
  const path = join(dir.path, 'pending/0')
  const at = readFileSync(path).lastIndexOf('{"atMs"')
  const bytes = readFileSync(path)
  bytes.write('[', at)
  writeFileSync(path, bytes)
  const { code, out, err } = await runInProcess('audit', 'show', 'a', '--dir', dir.path)
  expect([code, out.split(' ')[0]]).toEqual([3, '0'])
  expect(err).toContain('entry 1')
})

test('nothing that a caller sent can command the terminal', async () => {
  using dir = temporaryDirectory()
  const event = { ...decided('a'), sipCallId: '\u001b[2J\u009b2J\u007f' } as AuditEvent
  {
    await using log = await open(dir.path)
    await log.append(event)
  }
  const { out } = await runInProcess('audit', 'show', 'a', '--dir', dir.path)
  expect(out).toContain('\\u001b[2J\\u009b2J\\u007f')
  expect(out).not.toMatch(/\p{Cc}/u)
})

test('an Identity header is decoded, with or without its name', async () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const jws = `${part({ alg: 'ES256' })}.${part({ iat: 1, orig: { tn: '1215\u009b' } })}.c2ln`
  const value = formatIdentityHeader(jws, 'https://a/b')
  for (const header of [value, `Identity: ${value}`]) {
    const { code, out, err } = await runInProcess('passport', 'decode', header)
    expect(code).toBe(0)
    expect(out).toContain('1215\\u009b')
    expect(JSON.parse(out)).toEqual({
      header: { alg: 'ES256' },
      claims: { iat: 1, orig: { tn: '1215\u009b' } },
      parameters: { info: 'https://a/b', alg: 'ES256', ppt: 'shaken' },
    })
    expect(err).toBe('The signature was not verified.')
  }
  expect(await runInProcess('passport', 'decode', 'x')).toMatchObject({ code: 1, out: '' })
})

test('a wrong command line ends with 2 and the usage', async () => {
  for (const args of [
    [],
    ['audit'],
    ['audit', 'ver'],
    ['nothing', 'such'],
    ['audit', 'show'],
    ['audit', 'show', 'a', 'b'],
    ['audit', 'verify', 'x'],
    ['audit', 'verify', '--such'],
    ['passport', 'decode'],
    ['passport', 'decode', 'a', 'b'],
  ]) {
    const { code, out, err } = await runInProcess(...args)
    expect([code, /^usage: tollgate/im.test(`${out}${err}`)], args.join(' ')).toEqual([2, true])
  }
  expect((await runInProcess('--help')).code).toBe(0)
})

test('it runs as a program', async () => {
  using dir = temporaryDirectory()
  await writeLog(dir.path, ['a'])
  const program = join(import.meta.dirname, '../../src/cli/main.ts')
  const args = [program, 'audit', 'verify', '--dir', dir.path]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args)
  expect([stdout.slice(0, 2), stderr.split(' ')[0]]).toEqual(['OK', 'The'])
})

test('a reader that has seen enough is no failure', async () => {
  const program = spawn(process.execPath, ['src/cli/main.ts', '--help'], { stdio: 'pipe' })
  program.stdout.destroy()
  let complaint = ''
  program.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text
  })
  const [code] = await once(program, 'close')
  expect(complaint).toBe('')
  expect(code).toBe(0)
})

test('a full disk behind standard output ends with 3 and a word', async () => {
  const full = openSync('/dev/full', 'w')
  const stdio = ['ignore', full, 'pipe'] as const
  const program = spawn(process.execPath, ['src/cli/main.ts', 'settings'], { stdio: [...stdio] })
  closeSync(full)
  let complaint = ''
  program.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint += text
  })
  const [code] = await once(program, 'close')
  expect(complaint).toContain('tollgate: standard output cannot be written: ENOSPC')
  expect(code).toBe(3)
})

test('commands that are run at once take turns at the log of the command line, and all are done', async () => {
  using dir = temporaryDirectory()
  const config = join(dir.path, 'tollgate.yaml')
  const store = `store: { path: ${dir.path}/store.sqlite }`
  writeFileSync(config, `audit: { dir: ${dir.path}/log }\n${store}\ntenants: [{ id: acme }]\n`)
  const cliDir = join(dir.path, 'log-cli')
  mkdirSync(cliDir, { recursive: true })
  const held = holdFile(join(cliDir, 'lock'))
  const running = ['one', 'other'].map(async () => {
    const args = ['src/cli/main.ts', 'tenants', 'list', '--config', config]
    const program = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const said = [text(program.stdout), text(program.stderr), once(program, 'close')] as const
    const [out, err, [code]] = await Promise.all(said)
    return { code, out, err }
  })
  // Long enough for both to have found it held, and less than they wait.
  await Promise.race([...running, delay(heldMs)])
  held?.[Symbol.dispose]()
  const [one, other] = await Promise.all(running)
  expect(one).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^acme\t/) })
  expect(other).toEqual(one)
})

test('the log of the settings is verified where no directory is named', async () => {
  using dir = temporaryDirectory()
  await writeLog(join(dir.path, 'log'), ['a'])
  const config = join(dir.path, 'tollgate.yaml')
  writeFileSync(config, JSON.stringify({ audit: { dir: join(dir.path, 'log') } }))
  const { code, out } = await runInProcess('audit', 'verify', '--config', config, '--json')
  expect({ code, ...JSON.parse(out) }).toMatchObject({
    code: 0,
    dir: join(dir.path, 'log'),
    whole: true,
    entries: 1,
    fault: null,
  })
})
