import { expect, test } from 'vitest'
import { adminAddress } from '../../src/config/admin-listen.ts'
import { readSettings } from '../../src/config/load.ts'
import { problemsText } from '../../src/config/problem.ts'

function problemsOf(environment: Record<string, string>): string {
  const result = readSettings({ text: '', environment })
  return result.ok ? '' : problemsText(result.problems)
}

test.each([
  ['tcp/127.0.0.1:9022', { protocol: 'tcp', address: '127.0.0.1', port: 9022 }],
  ['tcp/[::1]:0', { protocol: 'tcp', address: '::1', port: 0 }],
  ['tls/0.0.0.0:9023', { protocol: 'tls', address: '0.0.0.0', port: 9023 }],
])('%s is an admin address', (text, address) => {
  expect(adminAddress.parse(text)).toEqual(address)
})

test.each(['tcp/0.0.0.0:9022', 'tcp/192.0.2.1:9022', 'tcp/[::]:9022', 'udp/127.0.0.1:1', '9022'])(
  'an admin port in the clear is for loopback: %s',
  (text) => {
    expect(adminAddress.safeParse(text).success).toBe(false)
  },
)

test('an admin port needs a secret, over TLS a certificate, and the embedded engine', () => {
  const tls = problemsOf({ TOLLGATE_ENGINE_ADMIN_LISTEN: 'tls/127.0.0.1:9022' })
  for (const path of ['adminSecret', 'adminCertificate', 'adminKey']) {
    expect(tls).toContain(`engine.${path}`)
  }
  const tcp = problemsOf({ TOLLGATE_ENGINE_ADMIN_LISTEN: 'tcp/127.0.0.1:0' })
  expect(tcp).toContain('engine.adminSecret')
  expect(tcp).not.toContain('engine.adminCertificate')
  const other = { TOLLGATE_ENGINE_KIND: 'drachtio', TOLLGATE_ENGINE_ADMIN_LISTEN: 'tcp/[::1]:0' }
  expect(problemsOf(other)).toContain('engine.adminListen')
})
