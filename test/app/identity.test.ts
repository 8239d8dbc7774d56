import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openIdentity } from '../../src/app/identity.ts'
import { readSettings } from '../../src/config/load.ts'
import { problemsText } from '../../src/config/problem.ts'
import { issueAuthority, issueShaken } from '../../src/identity/issue-certificate.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { statement } from '../identity/support.ts'
import { FakeClock } from '../support/fake-clock.ts'

const dayMs = 24 * 3_600_000
const random = systemRandom()

/** A gate's identity over files in a folder of its own. */
async function house(settings: (folder: string) => string) {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-identity-'))
  const stack = new AsyncDisposableStack()
  onTestFinished(async () => {
    await stack.disposeAsync()
    await rm(folder, { recursive: true })
  })
  const clock = new FakeClock()
  const put = async (name: string, spc: string, days = 365) => {
    const making = { nowMs: clock.now(), validMs: days * dayMs, random }
    const authority = await issueAuthority({ organization: 'Test', commonName: 'CA' }, making)
    const subject = { organization: 'Test', commonName: `SHAKEN ${spc}` }
    const issued = await issueShaken({ name: subject, entries: [{ spc }] }, authority, making)
    const key = issued.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    await writeFile(join(folder, `${name}.pem`), issued.certificatePem + authority.certificatePem)
    await writeFile(join(folder, `${name}.key`), key)
  }
  const open = () => {
    const result = readSettings({ text: settings(folder), environment: {} })
    if (!result.ok) throw new Error(problemsText(result.problems))
    const { values, directory } = result.settings
    return openIdentity({ values, clock, random, stack }, directory.identities)
  }
  return { folder, clock, put, open }
}

const files = (folder: string) => `
identity: { port: 0, certificate: ${folder}/own.pem, key: ${folder}/own.key }
tenants: [{ id: acme, identity: { certificate: ${folder}/acme.pem, key: ${folder}/acme.key } }]
`

test('a rotation by reload: the next call is signed anew, the old certificate still served', async () => {
  const { put, open, clock } = await house(files)
  await put('own', 'OWN1')
  await put('acme', 'ACME', 20)
  const identity = await open()
  const old = identity.signers.certificateUrl
  await put('own', 'OWN2', 90)
  identity.use(await identity.read())
  expect(identity.signers.certificateUrl).not.toBe(old)
  expect([
    (await fetch(old)).status,
    (await fetch(identity.signers.certificateUrl)).status,
  ]).toEqual([200, 200])
  expect((await identity.signers.sign(statement)).identities).toHaveLength(1)
  expect(identity.ends()).toEqual([
    { use: 'signing', notAfterMs: clock.now() + 90 * dayMs },
    { use: 'signing', tenantId: 'acme', notAfterMs: clock.now() + 20 * dayMs },
  ])
})

test('where one file is no good all goes on as it was, and the message names it', async () => {
  const { put, open, folder } = await house(files)
  await put('own', 'OWN1')
  await put('acme', 'ACME')
  const identity = await open()
  const { certificateUrl } = identity.signers
  await put('own', 'OWN2')
  await writeFile(join(folder, 'acme.key'), 'nothing')
  await expect(identity.read()).rejects.toMatchObject({
    code: 'config_invalid',
    message: 'identity of tenant acme: the key is not PEM of an unencrypted private key',
  })
  expect(identity.signers.certificateUrl).toBe(certificateUrl)
})

test('a certificate that has expired is not taken', async () => {
  const { put, open, clock } = await house(files)
  await put('own', 'OWN1', 1)
  await put('acme', 'ACME')
  clock.advance(dayMs)
  await expect(open()).rejects.toThrow('identity.certificate: the certificate has expired')
})

test('without a certificate of its own a gate makes one, and makes it anew in time by reload', async () => {
  const { open, clock } = await house(
    (folder) => `identity: { port: 0, spc: SELF, certificateDir: ${folder}/made }`,
  )
  const identity = await open()
  const { certificateUrl } = identity.signers
  identity.use(await identity.read())
  expect(identity.signers.certificateUrl).toBe(certificateUrl)
  clock.advance(340 * dayMs)
  identity.use(await identity.read())
  expect(identity.signers.certificateUrl).not.toBe(certificateUrl)
})
