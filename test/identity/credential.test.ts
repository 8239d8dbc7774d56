import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { checkInForce, readCredential } from '../../src/identity/credential.ts'
import { issueAuthority, issueShaken } from '../../src/identity/issue-certificate.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { Secret } from '../../src/kernel/secret.ts'
import { testCa } from '../support/certificates.ts'

const nowMs = Date.UTC(2026, 0, 5, 12)
const making = { nowMs, validMs: 1000, random: systemRandom() }
const name = { organization: 'Test', commonName: 'SHAKEN 709J' }
const authority = await issueAuthority({ organization: 'Test', commonName: 'CA' }, making)
const entries = [{ spc: '709J' }, { start: '12155550000', count: 100 }]
const issued = await issueShaken({ name, entries }, authority, making)
const pkcs8 = issued.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const chain = issued.certificatePem + authority.certificatePem

test('a key of PKCS#8 or SEC 1 with its chain, or its certificate alone', () => {
  const sec1 = issued.privateKey.export({ type: 'sec1', format: 'pem' }).toString()
  for (const key of [pkcs8, sec1]) {
    const credential = readCredential(new Secret(key), `Some words before.\n${chain}`)
    expect(credential).toMatchObject({ chainPem: chain, entries, notAfterMs: nowMs + 1000 })
    expect(credential.privateKey.equals(issued.privateKey)).toBe(true)
  }
  const alone = readCredential(new Secret(pkcs8), issued.certificatePem)
  expect(alone.chainPem).toBe(issued.certificatePem)
})

const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const pem = (key: typeof other) => key.export({ type: 'pkcs8', format: 'pem' }).toString()
const encrypted = other
  .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
  .toString()
const webServer = await (await testCa()).issue('DNS:a.example')

test.each([
  ['no key', 'nothing', chain, /not PEM of an unencrypted/],
  ['a broken key', pkcs8.replace('M', 'N'), chain, /not PEM of an unencrypted/],
  ['an encrypted key', encrypted, chain, /not PEM of an unencrypted/],
  ['another curve', pem(p384), chain, /not a P-256 key/],
  ["another's key", pem(other), chain, /belong to this key/],
  ['no certificate', pkcs8, 'nothing', /a chain of 1 to 10/],
  ['a chain that is too long', pkcs8, chain.repeat(6), /a chain of 1 to 10/],
  ['the CA first', pkcs8, authority.certificatePem + issued.certificatePem, /belong to this key/],
  ['a stranger above', pkcs8, issued.certificatePem + webServer.certificate, /not signed by/],
  ['a certificate of the web', webServer.key, webServer.certificate, /speaks for nobody/],
])('%s is refused, and nothing of the key is quoted', (_, key, certificates, why) => {
  let failure: unknown
  try {
    readCredential(new Secret(key), certificates)
  } catch (error) {
    failure = error
  }
  expect(String(failure)).toMatch(why)
  for (const line of key.split('\n').filter((text) => text.length > 40)) {
    expect(inspect(failure, { depth: 9 })).not.toContain(line)
  }
})

test('a certificate is in force from its first moment to its last', () => {
  const credential = readCredential(new Secret(pkcs8), chain)
  checkInForce(credential, nowMs)
  expect(() => checkInForce(credential, nowMs + 1000)).toThrow(/expired/)
  expect(() => checkInForce(credential, nowMs - 2 * 3_600_000)).toThrow(/not in force yet/)
})

test('printing a credential shows no key', () => {
  const credential = readCredential(new Secret(pkcs8), chain)
  const text = inspect(credential, { depth: 9, showHidden: true }) + JSON.stringify(credential)
  expect(text).not.toContain(pkcs8.split('\n')[1])
})

test('OpenSSL reads the same range and code in it', () => {
  const input = issued.certificatePem
  const text = execFileSync('openssl', ['x509', '-noout', '-text'], { input, encoding: 'utf8' })
  expect(text).toMatch(/1\.3\.6\.1\.5\.5\.7\.1\.26:\s+[^\n]*709J[^\n]*12155550000/)
})
