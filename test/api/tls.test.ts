import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { createHttpServer } from '../../src/api/http-server.ts'
import { testCa } from '../support/certificates.ts'

test('over TLS the API shows the certificate it has now, and speaks nothing older than 1.2', async () => {
  const ca = await testCa()
  const server = createHttpServer(
    (_, response) => void response.end('here'),
    await ca.issue('DNS:one'),
  )
  onTestFinished(() => void server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const shown = async (options = {}) => {
    const checkServerIdentity = () => undefined
    const socket = connect({
      port,
      host: '127.0.0.1',
      ca: ca.pem,
      checkServerIdentity,
      ...options,
    })
    await once(socket, 'secureConnect')
    const { subjectaltname } = socket.getPeerCertificate()
    socket.destroy()
    return subjectaltname
  }
  expect(await shown()).toBe('DNS:one')
  const { certificate: cert, key } = await ca.issue('DNS:two')
  if (!('setSecureContext' in server)) throw new Error('it speaks TLS')
  ;(server as { setSecureContext(pair: object): void }).setSecureContext({ cert, key })
  expect(await shown()).toBe('DNS:two')
  const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }
  await expect(shown(old)).rejects.toThrow(/alert protocol version/)
})
