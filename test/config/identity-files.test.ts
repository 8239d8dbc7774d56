import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { readIdentityFiles, readTenantIdentity } from '../../src/config/identity-files.ts'
import { readSettings } from '../../src/config/load.ts'
import { problemsText } from '../../src/config/problem.ts'

function problemsOf(text: string, environment: Record<string, string> = {}): string {
  const result = readSettings({ text, environment })
  return result.ok ? '' : problemsText(result.problems)
}

function valuesOf(text: string, environment: Record<string, string> = {}) {
  const result = readSettings({ text, environment })
  if (!result.ok) throw new Error(problemsText(result.problems))
  return result.settings
}

const key = '-----BEGIN PRIVATE KEY-----\nMIGHAgEA\n-----END PRIVATE KEY-----\n'

test.each([
  ['certificate: a.pem', 'identity.key: is missing'],
  ['key: a.key', 'identity.certificate: is missing'],
  ['host: 192.0.2.1', 'identity.x5uBase: is missing'],
  ['host: 0.0.0.0', 'identity.x5uBase: is missing'],
  ['tls: { certificate: a.pem }', 'identity.tls.key: is missing'],
  ['tls: { key: a.key }', 'identity.tls.certificate: is missing'],
])('identity: { %s } lacks something', (given, problem) => {
  expect(problemsOf(`identity: { ${given} }`)).toContain(problem)
})

test.each([
  'host: 127.0.0.2',
  'host: localhost',
  'host: 192.0.2.1, x5uBase: https://cert.example',
  'host: 192.0.2.1, tls: { certificate: a.pem, key: a.key }',
  'certificate: a.pem, key: a.key',
])('identity: { %s } lacks nothing', (given) => {
  expect(problemsOf(`identity: { ${given} }`)).toBe('')
})

test('the key may come by the environment, its line breaks escaped, and is never shown', () => {
  const environment = { TOLLGATE_IDENTITY_KEY_PEM: key.replaceAll('\n', '\\n') }
  const { values } = valuesOf('identity: { certificate: test/decisions/README.md }', environment)
  expect(readIdentityFiles(values)?.keyPem.reveal()).toBe(key)
  expect(inspect(values, { depth: 9 })).not.toContain('MIGH')
  expect(problemsOf('identity: { certificate: a.pem, key: a.key }', environment)).toContain(
    'identity.key: is given twice',
  )
})

test("a tenant's key comes from the variable that it names", () => {
  const { directory } = valuesOf(
    'tenants: [{ id: acme, identity: { certificate: test/decisions/README.md, keyVariable: ACME_KEY } }]',
  )
  const [entry] = [...directory.identities]
  const [tenant, source] = entry ?? []
  if (!tenant || !source) throw new Error('no source')
  expect(readTenantIdentity(tenant, source, { ACME_KEY: key }).keyPem.reveal()).toBe(key)
  expect(() => readTenantIdentity(tenant, source, {})).toThrow(/tenant acme: ACME_KEY is not set/)
})

test.each([
  ['identity: { certificate: a.pem }', 'needs either key or keyVariable'],
  ['identity: { certificate: a.pem, key: a, keyVariable: B }', 'needs either key or keyVariable'],
  ['identity: { certificate: a.pem, keyVariable: TOLLGATE_X }', 'must be the name of a variable'],
  ['rcd: { name: "" }', 'must be 1 to 100 characters'],
  ['rcd: { name: a, iconUrl: "http://a.example/x.png", iconDigest: x }', 'must be an https URL'],
  ['rcd: { name: a, iconUrl: "https://a.example/x.png" }', 'needs iconUrl and iconDigest together'],
])('tenants: [{ id: acme, %s }] is refused', (given, problem) => {
  expect(problemsOf(`tenants: [{ id: acme, ${given} }]`)).toContain(problem)
})

test('a file that is not there is named by its setting', () => {
  const { values } = valuesOf('identity: { certificate: no-such.pem, key: no-such.key }')
  expect(() => readIdentityFiles(values)).toThrow(/identity\.key cannot be read/)
})
