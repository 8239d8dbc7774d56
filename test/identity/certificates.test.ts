import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FakeClock } from '../support/fake-clock.ts'
import { certificateIn, temporaryDirectory } from './support.ts'

const dayMs = 24 * 3_600_000

/** What OpenSSL makes of the first certificate in a PEM text. */
function openssl(pem: string, ...options: string[]): string {
  const args = ['x509', '-noout', ...options]
  return execFileSync('openssl', args, { input: pem, encoding: 'utf8' })
}

test('the certificate has the form that SHAKEN uses, as OpenSSL reads it', async () => {
  using dir = temporaryDirectory()
  const text = openssl((await certificateIn(dir.path)).chainPem, '-text')
  expect(text).toMatch(/Version: 3 \(0x2\)/)
  expect(text).toMatch(/Signature Algorithm: ecdsa-with-SHA256/)
  expect(text).toMatch(/Subject: O ?= ?Tollgate demo, CN ?= ?SHAKEN 709J/)
  expect(text).toMatch(/NIST CURVE: P-256/)
  expect(text).toMatch(/Basic Constraints: critical\s+CA:FALSE/)
  expect(text).toMatch(/Key Usage: critical\s+Digital Signature\n/)
  expect(text).toMatch(/1\.3\.6\.1\.5\.5\.7\.1\.26:\s+0\.+709J/)
  expect(text).toMatch(
    /Not Before: Jan {2}5 11:00:00 2026 GMT\s+Not After : Jan {2}5 12:00:00 2027/,
  )
})

test('the CA above it is one, and can have no other CA below', async () => {
  using dir = temporaryDirectory()
  const { chainPem } = await certificateIn(dir.path)
  const text = openssl(chainPem.slice(chainPem.lastIndexOf('-----BEGIN')), '-text')
  expect(text).toMatch(/Basic Constraints: critical\s+CA:TRUE, pathlen:0/)
  expect(text).toMatch(/Key Usage: critical\s+Certificate Sign, CRL Sign\n/)
})

test('the next start uses the same key and certificate', async () => {
  using dir = temporaryDirectory()
  const first = await certificateIn(dir.path)
  const second = await certificateIn(dir.path, new FakeClock(Date.UTC(2026, 11, 1)))
  expect(second.chainPem).toBe(first.chainPem)
  expect(second.privateKey.equals(first.privateKey)).toBe(true)
})

test('the key is readable by its owner alone, and nothing else lies about', async () => {
  using dir = temporaryDirectory()
  const nested = join(dir.path, 'data', 'identity')
  await certificateIn(nested)
  expect(readdirSync(nested)).toEqual(['identity.pem'])
  expect(statSync(join(nested, 'identity.pem')).mode & 0o777).toBe(0o600)
  expect(statSync(nested).mode & 0o777).toBe(0o700)
})

test('it is made anew a month before its end, after it, and for another code', async () => {
  using dir = temporaryDirectory()
  const first = await certificateIn(dir.path)
  const near = await certificateIn(dir.path, new FakeClock(first.notAfterMs - 29 * dayMs))
  expect(near.chainPem).not.toBe(first.chainPem)
  const after = await certificateIn(dir.path, new FakeClock(near.notAfterMs + dayMs))
  expect(after.notAfterMs).toBe(near.notAfterMs + 366 * dayMs)
  const other = await certificateIn(dir.path, new FakeClock(near.notAfterMs + dayMs), 'ABCD')
  expect(new X509Certificate(other.chainPem).subject).toContain('CN=SHAKEN ABCD')
})

test('a start with a clock of years ahead loses no key: the next one with the right time has it again', async () => {
  using dir = temporaryDirectory()
  const clock = new FakeClock()
  const first = await certificateIn(dir.path, clock)
  clock.setWallBy(10 * 365 * dayMs)
  expect((await certificateIn(dir.path, clock)).chainPem).not.toBe(first.chainPem)
  clock.setWallBy(-10 * 365 * dayMs)
  const again = await certificateIn(dir.path, clock)
  expect(again.chainPem).toBe(first.chainPem)
  expect(again.privateKey.equals(first.privateKey)).toBe(true)
  expect(statSync(join(dir.path, 'identity.before.pem')).mode & 0o777).toBe(0o600)
})

test('serial numbers differ', async () => {
  using dir = temporaryDirectory()
  const { chainPem } = await certificateIn(dir.path)
  const ca = chainPem.slice(chainPem.lastIndexOf('-----BEGIN'))
  expect(new X509Certificate(chainPem).serialNumber).not.toBe(new X509Certificate(ca).serialNumber)
})

test('a damaged file is a failure and stays as it is', async () => {
  using dir = temporaryDirectory()
  using other = temporaryDirectory()
  await certificateIn(dir.path)
  await certificateIn(other.path)
  const path = join(dir.path, 'identity.pem')
  const good = readFileSync(path, 'utf8')
  const foreign = readFileSync(join(other.path, 'identity.pem'), 'utf8')
  const key = (text: string) => text.slice(0, text.indexOf('-----BEGIN CERTIFICATE'))
  for (const bad of [
    '',
    key(good),
    good.replace('M', 'N'),
    good.replace(key(good), key(foreign)),
  ]) {
    writeFileSync(path, bad)
    await expect(certificateIn(dir.path)).rejects.toMatchObject({ code: 'certificate_invalid' })
    expect(readFileSync(path, 'utf8')).toBe(bad)
  }
})

test('no failure quotes the key', async () => {
  using dir = temporaryDirectory()
  await certificateIn(dir.path)
  const path = join(dir.path, 'identity.pem')
  const good = readFileSync(path, 'utf8')
  writeFileSync(path, good.replace(/-----END PRIVATE KEY-----/, ''))
  const failure = await certificateIn(dir.path).catch((error: Error) => error)
  const middle = good.split('\n')[1] ?? ''
  expect(`${failure} ${(failure as Error).cause}`).not.toContain(middle)
})

test('a directory that cannot be used is a failure that names it', async () => {
  using dir = temporaryDirectory()
  const file = join(dir.path, 'file')
  writeFileSync(file, '')
  await expect(certificateIn(file)).rejects.toThrow(file)
})
