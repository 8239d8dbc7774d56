import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { get } from 'node:https'
import { connect } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import { serveCertificates } from '../../src/identity/certificate-server.ts'
import { testCa } from '../support/certificates.ts'

const chainPem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'

async function serve() {
  const server = await serveCertificates({ host: '127.0.0.1', port: 0 })
  const path = server.publish(chainPem)
  return { ...server, path, url: server.base + path }
}

test('the certificate is served as RFC 8555 9.1 types it, to be kept for a day', async () => {
  await using server = await serve()
  const response = await fetch(server.url)
  expect(await response.text()).toBe(chainPem)
  expect(response.headers.get('content-type')).toBe('application/pem-certificate-chain')
  expect(response.headers.get('cache-control')).toBe('public, max-age=86400, immutable')
  expect(server.url.endsWith(server.path)).toBe(true)
  expect(server.path).toMatch(/^\/cert\/[0-9a-f]{16}\.pem$/)
})

test('HEAD has the length and no body', async () => {
  await using server = await serve()
  const response = await fetch(server.url, { method: 'HEAD' })
  expect(response.headers.get('content-length')).toBe(String(chainPem.length))
  expect(await response.text()).toBe('')
})

test('no other path and no other method is answered', async () => {
  await using server = await serve()
  for (const path of [
    '/',
    '/cert/',
    '/cert/../identity.pem',
    `${server.path}?x`,
    `${server.path}/`,
  ]) {
    expect((await fetch(new URL(path, server.url))).status).toBe(404)
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    const response = await fetch(server.url, { method })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  }
})

test('a request that is not HTTP, or too long, is answered and its connection closed', async () => {
  await using server = await serve()
  for (const request of [
    'INVITE sip:a SIP/2.0\r\n\r\n',
    `GET / HTTP/1.1\r\nX: ${'y'.repeat(9000)}\r\n\r\n`,
  ]) {
    expect(await exchange(Number(new URL(server.url).port), request)).toMatch(/^HTTP\/1\.1 4\d\d /)
  }
})

test('it closes with a connection still open, and twice', async () => {
  const server = await serve()
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  await new Promise((resolve) => socket.once('connect', resolve))
  await server[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
  await expect(fetch(server.url)).rejects.toThrow()
  socket.destroy()
})

test('a port that is taken is an error at the start', async () => {
  await using server = await serve()
  const port = Number(new URL(server.url).port)
  await expect(serveCertificates({ host: '127.0.0.1', port })).rejects.toThrow(/EADDRINUSE/)
})

test('a verifier that has it already is told so', async () => {
  await using server = await serve()
  const etag = (await fetch(server.url)).headers.get('etag') ?? ''
  expect(etag).toMatch(/^"[0-9a-f]{64}"$/)
  const again = await fetch(server.url, { headers: { 'If-None-Match': etag } })
  expect([again.status, again.headers.get('cache-control')]).toEqual([
    304,
    'public, max-age=86400, immutable',
  ])
})

test('several chains stand side by side, each on a path of its own, until they are withdrawn', async () => {
  await using server = await serve()
  const other = server.publish(chainPem.replace('AAAA', 'BBBB'))
  expect(other).not.toBe(server.path)
  expect(server.publish(chainPem)).toBe(server.path)
  expect(await (await fetch(server.base + other)).text()).toContain('BBBB')
  server.withdraw(server.path)
  expect((await fetch(server.url)).status).toBe(404)
  expect((await fetch(server.base + other)).status).toBe(200)
})

test('over https, with the certificate that it was last told to show', async () => {
  const ca = await testCa()
  const pair = async () => {
    const { certificate, key } = await ca.issue('IP:127.0.0.1', 'DNS:localhost')
    return { certificate, key }
  }
  const [first, second] = [await pair(), await pair()]
  await using server = await serveCertificates({ host: '127.0.0.1', port: 0, tls: first })
  expect(server.base).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
  const path = server.publish(chainPem)
  expect(await secureGet(server.base + path, ca.pem)).toEqual({ text: chainPem, shown: first })
  server.show(second)
  expect(await secureGet(server.base + path, ca.pem)).toEqual({ text: chainPem, shown: second })

  async function secureGet(url: string, trusted: string) {
    const [response] = (await once(get(url, { ca: trusted, agent: false }), 'response')) as [
      IncomingMessage,
    ]
    const { raw } = (response.socket as TLSSocket).getPeerCertificate()
    const shown = [first, second].find(({ certificate }) =>
      new X509Certificate(certificate).raw.equals(raw),
    )
    return { text: (await response.toArray()).join(''), shown }
  }
})

/** Everything that comes back until the other side closes. */
function exchange(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    socket.on('data', (chunk) => {
      answer += chunk
    })
    socket.on('end', () => resolve(answer))
    socket.on('error', reject)
  })
}
