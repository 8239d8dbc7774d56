import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readSettings } from '../../src/config/load.ts'
import { readTlsFiles } from '../../src/config/tls-files.ts'
import { testCa } from '../support/certificates.ts'

const ca = await testCa()
const own = await ca.issue('DNS:gate.example')
const other = await ca.issue('DNS:other.example')
let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tollgate-tls-'))
  const files = {
    'own.pem': own.certificate,
    'own.key': own.key,
    'other.pem': other.certificate,
    'other.key': other.key,
    'ca.pem': ca.pem,
    'empty.pem': '',
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
})

afterEach(() => rm(folder, { recursive: true }))

function filesOf(tls: Record<string, string | string[]>) {
  const result = readSettings({ text: JSON.stringify({ engine: { tls } }), environment: {} })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return readTlsFiles(result.settings.values)
}

const at = (name: string) => join(folder, name)

test('without a certificate there is nothing to read', () => {
  expect(filesOf({})).toBeUndefined()
})

test('every file is read', () => {
  const names = [`other.example;certificate=${at('other.pem')};key=${at('other.key')}`]
  const pair = { certificate: at('own.pem'), key: at('own.key') }
  const all = { ...pair, names, clientCa: at('ca.pem'), serverCa: at('ca.pem') }
  expect(filesOf({ ...all, clientCertificates: 'required' })).toEqual({
    ...own,
    names: [{ name: 'other.example', ...other }],
    clientCertificates: 'required',
    clientCa: ca.pem,
    serverCa: ca.pem,
  })
})

test.each([
  [{ certificate: 'none.pem' }, /engine\.tls\.certificate cannot be read: .*ENOENT/],
  [{ certificate: 'empty.pem' }, /engine\.tls\.certificate cannot be used/],
  [{ key: 'own.pem' }, /engine\.tls\.key cannot be used/],
  [{ key: 'other.key' }, /engine\.tls\.key cannot be used/],
  [{ clientCa: 'empty.pem' }, /engine\.tls\.clientCa/],
  [{ serverCa: 'own.key' }, /engine\.tls\.serverCa/],
])('what cannot be used is told by its setting, and no key is quoted: %j', (changed, expected) => {
  const files = Object.entries({ certificate: 'own.pem', key: 'own.key', ...changed })
  const tls = Object.fromEntries(files.map(([name, file]) => [name, at(file)]))
  let message = ''
  try {
    filesOf(tls)
  } catch (error) {
    message = error instanceof Error ? error.message : ''
  }
  expect(message).toMatch(expected)
  for (const line of own.key.split('\n').slice(1, -2)) expect(message).not.toContain(line)
})
