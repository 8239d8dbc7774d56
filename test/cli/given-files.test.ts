import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { partsGiven } from '../../src/cli/line/read-given.ts'
import { temporaryDirectory } from '../identity/support.ts'
import { testCa } from '../support/certificates.ts'
import { runInProcess } from '../support/run-in-process.ts'

const order = ['--spc', '709J', '--organization', 'Acme Telecom', '--country', 'US']
const anchors = (await testCa()).pem
const gate = ['--gate', 'http://127.0.0.1:1']

// biome-ignore format: one command a line, the file that it is given last
const rows: readonly (readonly [string, readonly string[], number])[] = [
  ['the key of an API', ['usage', ...gate, '--key-file'], 4096],
  ['who vouches for a gate', ['usage', ...gate, '--key-file', 'KEY', '--ca'], 1_048_576],
  ['certificates that are shown', ['certs', 'show'], 1_048_576],
  ['a private key for a certificate', ['certs', 'csr', ...order, '--out', 'OUT', '--key'], 1_048_576],
  ['the headers of a call', ['passport', 'verify', '--config', 'CONFIG'], 1_048_576],
]

function argsIn(dir: string, args: readonly string[]): string[] {
  const named: Readonly<Record<string, string>> = { KEY: 'key', OUT: 'out', CONFIG: 'gate.yaml' }
  writeFileSync(join(dir, 'key'), 'tg_live_x')
  writeFileSync(join(dir, 'anchors.pem'), anchors)
  const verification = { trustAnchors: join(dir, 'anchors.pem') }
  writeFileSync(join(dir, 'gate.yaml'), JSON.stringify({ verification }))
  return args.map((arg) => (named[arg] === undefined ? arg : join(dir, named[arg])))
}

test.each(rows)('a file for %s is read no further than it can be', async (_, args, bytesMax) => {
  using dir = temporaryDirectory()
  const given = argsIn(dir.path, args)
  const why = `/dev/zero cannot be read: is larger than ${bytesMax} bytes`
  const endless = await runInProcess(...given, '/dev/zero')
  expect(endless).toMatchObject({ code: 3, err: `tollgate: ${why}` })
  const folder = await runInProcess(...given, dir.path)
  expect(folder).toMatchObject({
    code: 3,
    err: expect.stringMatching(`^tollgate: ${dir.path} cannot be read: EISDIR`),
  })
})

test('what is read as it comes ends where it is too much, and names the file', async () => {
  const read = async (path: string) => {
    let bytes = 0
    for await (const part of partsGiven(path, 200_000)) bytes += part.length
    return bytes
  }
  using dir = temporaryDirectory()
  const file = join(dir.path, 'whole.csv')
  writeFileSync(file, 'x'.repeat(200_000))
  expect(await read(file)).toBe(200_000)
  const why = '/dev/zero cannot be read: is larger than 200000 bytes'
  await expect(read('/dev/zero')).rejects.toThrow(why)
  await expect(read(dir.path)).rejects.toThrow(`${dir.path} cannot be read: EISDIR`)
})

test('a key may come from a pipe that a program fills', async () => {
  using dir = temporaryDirectory()
  const pipe = join(dir.path, 'pipe')
  execFileSync('mkfifo', [pipe])
  const writer = spawn('sh', ['-c', `echo tg_live_x > ${pipe}`], { stdio: 'ignore' })
  const closed = once(writer, 'close')
  const { err } = await runInProcess('usage', ...gate, '--key-file', pipe)
  expect(err).toContain('no gate answers')
  await closed
})
