import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readCredential } from '../../src/identity/credential.ts'
import { Secret } from '../../src/kernel/secret.ts'
import { temporaryDirectory } from '../identity/support.ts'
import { runInProcess } from '../support/run-in-process.ts'

const acme = ['--organization', 'Acme Telecom', '--country', 'US'] as const

function openssl(...args: string[]): string {
  return execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** A CA and a certificate of it. */
async function issued(dir: string, ...order: string[]) {
  const [ca, own] = [join(dir, 'ca'), join(dir, 'own')]
  const made = await runInProcess('certs', 'ca', '--name', 'A CA', ...acme.slice(0, 2), '--out', ca)
  expect(made).toMatchObject({ code: 0, out: `${ca}.pem\n${ca}.key` })
  const result = await runInProcess('certs', 'issue', '--ca', ca, ...acme, ...order, '--out', own)
  return { ca, own, result }
}

test('a certificate for a code, numbers and ranges is one that signs, and OpenSSL trusts its chain', async () => {
  using dir = temporaryDirectory()
  const order = ['--spc', '709J', '--number', '+12125550100', '--range', '+14155550000:1000']
  const { ca, own, result } = await issued(dir.path, ...order)
  expect(result).toMatchObject({ code: 0, err: '' })
  const pem = readFileSync(`${own}.pem`, 'utf8')
  const credential = readCredential(new Secret(readFileSync(`${own}.key`, 'utf8')), pem)
  expect(credential.entries).toEqual([
    { spc: '709J' },
    { one: '12125550100' },
    { start: '14155550000', count: 1000 },
  ])
  expect(openssl('verify', '-x509_strict', '-CAfile', `${ca}.pem`, `${own}.pem`)).toMatch(/: OK\n$/)
  const { out } = await runInProcess('certs', 'show', `${own}.pem`)
  expect(out).toMatch(
    /^subject {6}C=US, O=Acme Telecom, CN=SHAKEN 709J\nissuer {7}O=Acme Telecom, CN=A CA\n/,
  )
  expect(out).toContain('speaks for   service provider 709J\nspeaks for   +12125550100\n')
  expect(out).toContain('speaks for   +14155550000 and 999 after it\n')
})

test('files are readable by their owner alone and never overwritten', async () => {
  using dir = temporaryDirectory()
  const { ca, own } = await issued(dir.path, '--spc', '709J')
  for (const file of [`${ca}.pem`, `${ca}.key`, `${own}.pem`, `${own}.key`]) {
    expect(statSync(file).mode & 0o777).toBe(0o600)
  }
  const before = readFileSync(`${own}.key`, 'utf8')
  const again = ['certs', 'issue', '--ca', ca, ...acme, '--spc', 'X', '--out', own]
  expect(await runInProcess(...again)).toMatchObject({ code: 2 })
  expect(readFileSync(`${own}.key`, 'utf8')).toBe(before)
})

test('a request to an STI-CA asks for the code, and is signed by a key that may be there already', async () => {
  using dir = temporaryDirectory()
  const [first, second] = [join(dir.path, 'first'), join(dir.path, 'second')]
  const csr = ['certs', 'csr', ...acme, '--spc', '709J']
  expect(await runInProcess(...csr, '--out', first)).toMatchObject({ code: 0 })
  const text = openssl('req', '-in', `${first}.csr`, '-noout', '-text', '-verify')
  expect(text).toMatch(/Subject: C ?= ?US, O ?= ?Acme Telecom, CN ?= ?SHAKEN 709J/)
  expect(text).toMatch(/Requested Extensions:[\s\S]*1\.3\.6\.1\.5\.5\.7\.1\.26:\s+0\.+709J/)
  expect(text).toMatch(/ecdsa-with-SHA256/)
  const key = `${first}.key`
  expect(await runInProcess(...csr, '--key', key, '--out', second)).toMatchObject({ code: 0 })
  const publicKey = (path: string) => openssl('req', '-in', `${path}.csr`, '-noout', '-pubkey')
  expect(publicKey(second)).toBe(publicKey(first))
  expect(() => statSync(`${second}.key`)).toThrow()
})

test.each([
  [['certs', 'ca', '--name', 'x'], 'needed: --organization <name>, --out <path>'],
  [['certs', 'csr', '--out', 'x', '--spc', 'X'], 'needed: --organization <name>'],
  [['certs', 'csr', '--out', 'x', ...acme], '--spc, --number or --range is needed'],
  [['certs', 'csr', '--out', 'x', ...acme, '--number', 'alice'], '--number must be a number'],
  [
    ['certs', 'csr', '--out', 'x', ...acme, '--range', '+1212:x'],
    '--range must be a number and a count',
  ],
  [
    ['certs', 'csr', '--out', 'x', '--organization', 'A', '--country', 'USA'],
    '--country must be two capital',
  ],
  [['certs', 'show'], "missing required argument 'file'"],
])('%s is wrong usage', async (args, why) => {
  const { code, err } = await runInProcess(...args)
  expect([code, err]).toEqual([2, expect.stringContaining(why)])
})

test('a file that holds no key is named, and nothing of it is shown', async () => {
  using dir = temporaryDirectory()
  const { own } = await issued(dir.path, '--spc', '709J')
  const args = ['certs', 'csr', ...acme, '--spc', 'X', '--key', `${own}.pem`, '--out', `${own}2`]
  const { code, err } = await runInProcess(...args)
  expect([code, err]).toEqual([3, `tollgate: ${own}.pem holds no private key in PEM`])
})
