import { X509Certificate } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { serveCertificates } from '../../src/identity/certificate-server.ts'
import { readCredential, type SigningCredential } from '../../src/identity/credential.ts'
import { parseIdentityHeader } from '../../src/identity/identity-header.ts'
import { issueAuthority, issueShaken } from '../../src/identity/issue-certificate.ts'
import { type CredentialSet, openSigners, overlapMs } from '../../src/identity/signers.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { Secret } from '../../src/kernel/secret.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { statement, verifies } from './support.ts'

const dayMs = 24 * 3_600_000
const start = new FakeClock().now()

async function credential(spc: string, days = 365): Promise<SigningCredential> {
  const making = { nowMs: start, validMs: days * dayMs, random: systemRandom() }
  const authority = await issueAuthority({ organization: 'Test', commonName: 'CA' }, making)
  const name = { organization: 'Test', commonName: `SHAKEN ${spc}` }
  const issued = await issueShaken({ name, entries: [{ spc }] }, authority, making)
  const key = issued.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return readCredential(new Secret(key), issued.certificatePem + authority.certificatePem)
}

const [first, second, third] = [
  await credential('A1'),
  await credential('B2'),
  await credential('C3', 1),
]

const only = (operator: SigningCredential): CredentialSet => ({ operator, tenants: new Map() })

async function opened(credentials: CredentialSet, activationDelayMs = 0) {
  const clock = new FakeClock()
  const server = await serveCertificates({ host: '127.0.0.1', port: 0 })
  const options = { server, x5uBase: undefined, activationDelayMs, clock }
  const signers = openSigners(credentials, options)
  onTestFinished(() => signers[Symbol.asyncDispose]())
  return { clock, signers }
}

/** Signs, fetches the certificate as a verifier does, and says for whom it speaks. */
async function signedBy(signers: Awaited<ReturnType<typeof opened>>['signers'], tenantId?: string) {
  const { identities } = await signers.sign({ ...statement, tenantId })
  const [identity = ''] = identities
  const x5u = String(parseIdentityHeader(identity)?.header.x5u)
  const response = await fetch(x5u)
  if (response.status !== 200) return { x5u, status: response.status }
  const leaf = new X509Certificate(await response.text())
  expect(verifies(identity, leaf.publicKey)).toBe(true)
  return { x5u, subject: leaf.subject.split('SHAKEN ')[1] }
}

test("a tenant's calls are signed by its own certificate, all others by the operator's", async () => {
  const tenants = new Map([['acme', second]])
  const { signers } = await opened({ operator: first, tenants })
  expect(await signedBy(signers, 'acme')).toMatchObject({ subject: 'B2' })
  expect(await signedBy(signers, 'umbrella')).toMatchObject({ subject: 'A1' })
  expect(await signedBy(signers)).toMatchObject({ subject: 'A1', x5u: signers.certificateUrl })
})

test('through a rotation every signature has its certificate, until it is long stale', async () => {
  const { clock, signers } = await opened(only(first))
  const before = await signedBy(signers)
  signers.use(only(second))
  const after = await signedBy(signers)
  expect(after.subject).toBe('B2')
  expect((await fetch(before.x5u)).status).toBe(200)
  clock.advance(overlapMs - 1)
  expect((await fetch(before.x5u)).status).toBe(200)
  clock.advance(1)
  expect((await fetch(before.x5u)).status).toBe(404)
  expect((await fetch(after.x5u)).status).toBe(200)
})

test('a new certificate is served before it signs, for as long as other gates need', async () => {
  const { clock, signers } = await opened(only(first), 60_000)
  const { x5u } = await signedBy(signers)
  signers.use(only(second))
  expect((await signedBy(signers)).subject).toBe('A1')
  const base = x5u.slice(0, x5u.indexOf('/cert/'))
  const { signers: other } = await opened(only(second))
  const path = other.certificateUrl.slice(other.certificateUrl.indexOf('/cert/'))
  expect((await fetch(base + path)).status).toBe(200)
  clock.advance(60_000)
  expect(await signedBy(signers)).toEqual({ subject: 'B2', x5u: base + path })
})

test('one that never came to sign is withdrawn, and one that comes back stays', async () => {
  const { clock, signers } = await opened(only(first), 60_000)
  const { x5u } = await signedBy(signers)
  signers.use(only(second))
  signers.use(only(third))
  clock.advance(60_000)
  expect((await signedBy(signers)).subject).toBe('C3')
  signers.use(only(first))
  clock.advance(60_000)
  clock.advance(overlapMs)
  expect(await signedBy(signers)).toEqual({ subject: 'A1', x5u })
  const { signers: other } = await opened(only(second))
  const path = other.certificateUrl.slice(other.certificateUrl.indexOf('/cert/'))
  expect((await fetch(x5u.slice(0, x5u.indexOf('/cert/')) + path)).status).toBe(404)
})

test('nothing is signed with a certificate that has expired', async () => {
  const { clock, signers } = await opened(only(third))
  clock.advance(dayMs - 1)
  expect((await signers.sign(statement)).identities).toHaveLength(1)
  clock.advance(1)
  await expect(signers.sign(statement)).rejects.toMatchObject({ code: 'signing_failed' })
})
