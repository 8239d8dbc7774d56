import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { beforeAll, describe, expect, test } from 'vitest'
import { createFetcher } from '../../../src/identity/verification/fetch-certificate.ts'
import { systemNetwork } from '../../../src/identity/verification/network.ts'
import { createAddressGuard } from '../../../src/identity/verification/special-addresses.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { type TestCa, testCa } from '../../support/certificates.ts'

const host = 'cert.lab.test'
const gigabyte = 1_073_741_824

let ca: TestCa
beforeAll(async () => {
  ca = await testCa()
})

/** A server of certificates on the loopback, with a name that its certificate has. */
async function serving(answer: RequestListener, names = [`DNS:${host}`]) {
  const { certificate, key } = await ca.issue(...names)
  const asked: { readonly serverName: unknown; readonly host: string | undefined }[] = []
  const server = createServer({ cert: certificate, key }, (request, response) => {
    const { servername } = request.socket as { servername?: unknown }
    asked.push({ serverName: servername, host: request.headers.host })
    answer(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { server, port, asked }
}

function fetcher(timeoutMs = 2000, trusted: string | undefined = ca.pem) {
  return createFetcher({
    network: systemNetwork(trusted),
    guard: createAddressGuard(),
    clock: systemClock(),
    timeoutMs,
  })
}

const location = (port: number, name = host) => ({
  host: name,
  port,
  path: '/shaken.pem',
  fixedAddress: '127.0.0.1',
})

describe('fetching over real sockets', () => {
  test('connects to the address, asks by SNI and Host for the name, and believes its certificate', async () => {
    const { server, port, asked } = await serving((_request, response) => response.end('chain'))
    const fetched = await fetcher()(location(port))
    expect(fetched).toMatchObject({ body: Buffer.from('chain') })
    expect(asked).toEqual([{ serverName: host, host: `${host}:${port}` }])
    server.close()
  })

  test.each([
    ['of another name', [`DNS:other.test`], true],
    ['of the address alone', ['IP:127.0.0.1'], true],
    ['of a CA that nobody trusts', [`DNS:${host}`], false],
  ])('does not believe a server with a certificate %s', async (_name, names, isTrusted) => {
    const { server, port, asked } = await serving((_request, response) => response.end('x'), names)
    const trusted = isTrusted ? ca.pem : (await testCa()).pem
    expect(await fetcher(2000, trusted)(location(port))).toBe('fetch_failed')
    expect(asked).toEqual([])
    server.close()
  })

  test('follows no redirection', async () => {
    const { server, port, asked } = await serving((_request, response) => {
      response.writeHead(302, { Location: `https://${host}:${port}/other.pem` }).end()
    })
    expect(await fetcher()(location(port))).toBe('fetch_failed')
    expect(asked).toHaveLength(1)
    server.close()
  })

  test('reads no more of a gigabyte than it may, and hangs up', async () => {
    let written = 0
    const closed = Promise.withResolvers<void>()
    const { server, port } = await serving((_request, response) => {
      response.once('close', () => closed.resolve())
      const block = Buffer.alloc(16_384, 'A')
      const pour = () => {
        while (written < gigabyte && !response.destroyed) {
          written += block.length
          if (!response.write(block)) return void response.once('drain', pour)
        }
      }
      pour()
    })
    expect(await fetcher()(location(port))).toBe('fetch_failed')
    await closed.promise
    // What the kernels' buffers take, not what there is.
    expect(written).toBeLessThan(gigabyte / 50)
    server.close()
  })

  test('gives up on a body that drips, and hangs up', async () => {
    const closed = Promise.withResolvers<void>()
    const { server, port } = await serving((_request, response) => {
      const drip = setInterval(() => response.write('A'), 20)
      response.once('close', () => {
        clearInterval(drip)
        closed.resolve()
      })
    })
    const startedMs = performance.now()
    expect(await fetcher(300)(location(port))).toBe('fetch_failed')
    expect(performance.now() - startedMs).toBeLessThan(1500)
    await closed.promise
    server.close()
  })

  test('gives up on a server that accepts and says nothing', async () => {
    const server = createTcpServer()
    const closed = Promise.withResolvers<void>()
    server.on('connection', (socket) => {
      socket.resume()
      socket.once('close', () => closed.resolve())
      socket.on('error', () => undefined)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    expect(await fetcher(300)(location((server.address() as AddressInfo).port))).toBe(
      'fetch_failed',
    )
    await closed.promise
    server.close()
  })

  test.each([
    ['the loopback', ['127.0.0.1']],
    ['the loopback, mapped into IPv6', ['::ffff:127.0.0.1']],
    ['a public address and the loopback', ['93.184.216.34', '127.0.0.1']],
  ])('a name of %s leads to no connection', async (_name, addresses) => {
    const server = createTcpServer()
    let connections = 0
    server.on('connection', (socket) => {
      connections += 1
      socket.destroy()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const network = { ...systemNetwork(ca.pem), resolve: async () => addresses }
    const guard = createAddressGuard()
    const fetch = createFetcher({ network, guard, clock: systemClock(), timeoutMs: 500 })
    const found = await fetch({ host, port, path: '/shaken.pem', fixedAddress: undefined })
    expect(found).toBe('address_forbidden')
    expect(connections).toBe(0)
    server.close()
  })

  test('a name that is not in the DNS fails in time, whatever the hosts file says', async () => {
    const far = { host: 'localhost', port: 443, path: '/', fixedAddress: undefined }
    const found = await fetcher(500)(far)
    expect(['fetch_failed', 'address_forbidden']).toContain(found)
  })
})
