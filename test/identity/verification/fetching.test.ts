import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import {
  ChainStore,
  chainsMax,
  failuresMax,
  fetchesMax,
  fetchesPerHostMax,
} from '../../../src/identity/verification/chain-store.ts'
import type { Fetched } from '../../../src/identity/verification/fetch-certificate.ts'
import { x5u } from './forge.ts'
import { type Answer, Lab, page, trustIn } from './lab.ts'
import { issue } from './pki.ts'

const raw =
  (head: string, body = ''): Answer =>
  () =>
    `HTTP/1.1 ${head}\r\n\r\n${body}`

describe('what a server answers', () => {
  test.each<[string, (lab: Lab) => Answer]>([
    ['a redirection', () => raw('302 Found\r\nLocation: https://127.0.0.1/\r\nContent-Length: 0')],
    [
      'a lasting redirection',
      () => raw('301 Moved\r\nLocation: https://cert.example.org/b.pem\r\nContent-Length: 0'),
    ],
    ['not found', () => raw('404 Not Found\r\nContent-Length: 0')],
    ['no content', () => raw('204 No Content')],
    [
      'a part',
      ({ leaf }) => raw(`206 Partial Content\r\nContent-Length: ${leaf.pem.length}`, leaf.pem),
    ],
    [
      'an error with a certificate',
      ({ leaf }) => raw(`500 Error\r\nContent-Length: ${leaf.pem.length}`, leaf.pem),
    ],
    [
      'a page for people',
      ({ leaf }) => page(leaf.pem, 'Content-Type: text/html; charset=utf-8\r\n'),
    ],
    ['a compressed body', ({ leaf }) => page(gzipSync(leaf.pem), 'Content-Encoding: gzip\r\n')],
    ['a length of a gigabyte', () => raw('200 OK\r\nContent-Length: 1073741824', 'x')],
    [
      '64 KiB and a byte in chunks',
      () =>
        raw('200 OK\r\nTransfer-Encoding: chunked', `10001\r\n${'x'.repeat(65_537)}\r\n0\r\n\r\n`),
    ],
    [
      'fewer bytes than it says',
      ({ leaf }) => raw(`200 OK\r\nContent-Length: ${leaf.pem.length + 9}`, leaf.pem),
    ],
    [
      'two lengths',
      ({ leaf }) =>
        raw(`200 OK\r\nContent-Length: ${leaf.pem.length}\r\nContent-Length: 5`, leaf.pem),
    ],
    [
      '16 KiB of header fields',
      ({ leaf }) =>
        raw(
          `200 OK\r\nX-Long: ${'y'.repeat(16_384)}\r\nContent-Length: ${leaf.pem.length}`,
          leaf.pem,
        ),
    ],
    ['another protocol', () => raw('101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x')],
    ['interim answers alone', () => raw('103 Early Hints\r\n\r\nHTTP/1.1 102 Processing')],
    ['no HTTP', () => () => 'SSH-2.0-OpenSSH_9.9\r\n'],
  ])('%s is no certificate', async (_name, answer) => {
    const lab = await Lab.open()
    lab.pages.set(x5u, answer(lab))
    const found = await lab.verify(lab.identity())
    expect(found.failure).toMatchObject({ status: 436, fault: 'fetch_failed' })
    for (const { host } of lab.connections) expect(host).toBe('cert.example.org')
    expect(lab.clock.pendingCount).toBe(0)
  })

  test('whatever type it names, a certificate is one', async () => {
    for (const type of ['text/plain', 'application/octet-stream', 'application/pkix-cert', 'x/y']) {
      const lab = await Lab.open()
      lab.serve(lab.leaf, x5u, `Content-Type: ${type}\r\n`)
      expect((await lab.verify(lab.identity())).verstat).toBe('TN-Validation-Passed')
    }
  })

  test('one that says nothing at all is given up after two seconds', async () => {
    const lab = await Lab.open()
    const { promise: never } = Promise.withResolvers<readonly string[]>()
    lab.addresses.get = () => never as unknown as readonly string[]
    const verified = lab.verify(lab.identity())
    await lab.clock.advanceAsync(1999)
    expect(lab.chains.sizes.underWay).toBe(1)
    await lab.clock.advanceAsync(1)
    expect((await verified).failure?.fault).toBe('fetch_failed')
    expect(lab.chains.sizes.underWay).toBe(0)
    expect(lab.clock.pendingCount).toBe(0)
  })

  test('is asked for nothing but the certificate', async () => {
    const lab = await Lab.open()
    let asked = ''
    lab.pages.set(x5u, (request) => {
      asked = request
      return page(lab.leaf.pem)(request)
    })
    await lab.verify(lab.identity())
    expect(asked.split('\r\n').filter(Boolean).sort()).toEqual([
      'Accept-Encoding: identity',
      'Accept: application/pem-certificate-chain, application/pkix-cert, */*;q=0.1',
      'Connection: close',
      'GET /shaken.pem HTTP/1.1',
      'Host: cert.example.org',
      'User-Agent: tollgate',
    ])
  })
})

describe('a chain', () => {
  test('is fetched once for all calls that wait for it', async () => {
    const lab = await Lab.open()
    const calls = Array.from({ length: 20 }, () => lab.verify(lab.identity()))
    for (const { verstat } of await Promise.all(calls)) expect(verstat).toBe('TN-Validation-Passed')
    expect(lab.connections).toHaveLength(1)
  })

  test('is kept whole: the second call finds the issuers too', async () => {
    const lab = await Lab.open()
    const nowMs = lab.clock.now()
    const middle = await issue({ ca: true, subject: 'CN=Middle', issuer: lab.root, nowMs })
    const leaf = await issue({ issuer: middle, nowMs })
    lab.serve([leaf, middle])
    for (let call = 0; call < 3; call++) {
      const found = await lab.verify(lab.identity({ key: leaf.privateKey }))
      expect(found.verstat).toBe('TN-Validation-Passed')
    }
    expect(lab.connections).toHaveLength(1)
  })

  test.each([
    ['a day where HTTP says nothing', '', 86_400],
    ['as long as max-age says', 'Cache-Control: public, max-age=100\r\n', 100],
    ['less what it has aged', 'Cache-Control: max-age=100\r\nAge: 40\r\n', 60],
    ['a day at most', 'Cache-Control: max-age=31536000\r\n', 86_400],
    [
      'until it expires',
      'Date: Mon, 05 Jan 2026 12:00:00 GMT\r\nExpires: Mon, 05 Jan 2026 12:02:00 GMT\r\n',
      120,
    ],
    [
      'by max-age before Expires',
      'Cache-Control: max-age=100\r\nExpires: Mon, 05 Jan 2026 13:00:00 GMT\r\n',
      100,
    ],
    ['not at all where it may not be stored', 'Cache-Control: no-store\r\n', 0],
    ['not at all where Expires is none', 'Expires: 0\r\n', 0],
    ['not at all where max-age is none', 'Cache-Control: max-age=soon\r\n', 0],
  ])('is kept %s', async (_name, headers, keptS) => {
    const lab = await Lab.open()
    lab.serve(lab.leaf, x5u, headers)
    await lab.verify(lab.identity())
    if (keptS > 0) {
      lab.clock.advance(keptS * 1000 - 1)
      expect((await lab.verify(lab.identity())).verstat).toBe('TN-Validation-Passed')
      expect(lab.connections).toHaveLength(1)
      lab.clock.advance(1)
    }
    await lab.verify(lab.identity())
    expect(lab.connections).toHaveLength(2)
  })

  test('that could not be had is not asked for again for half a minute', async () => {
    const lab = await Lab.open()
    lab.pages.delete(x5u)
    expect((await lab.verify(lab.identity())).failure?.fault).toBe('fetch_failed')
    lab.serve(lab.leaf)
    lab.clock.advance(29_999)
    expect((await lab.verify(lab.identity())).failure?.fault).toBe('fetch_failed')
    expect(lab.connections).toHaveLength(1)
    lab.clock.advance(1)
    expect((await lab.verify(lab.identity())).verstat).toBe('TN-Validation-Passed')
  })

  test('that could not be had while the clock was years ahead is asked for when it is right', async () => {
    const lab = await Lab.open()
    lab.clock.setWallBy(10 * 365 * 86_400_000)
    expect((await lab.verify(lab.identity())).verstat).toBe('TN-Validation-Failed')
    lab.clock.setWallBy(-10 * 365 * 86_400_000)
    lab.clock.advance(30_000)
    expect((await lab.verify(lab.identity())).verstat).toBe('TN-Validation-Passed')
  })

  test('is judged anew once others are trusted', async () => {
    const lab = await Lab.open()
    expect((await lab.verify(lab.identity())).verstat).toBe('TN-Validation-Passed')
    const other = await issue({ ca: true, nowMs: lab.clock.now() })
    lab.chains.useTrust(trustIn(other))
    expect((await lab.verify(lab.identity())).failure?.fault).toBe('certificate_untrusted')
    lab.chains.useTrust(trustIn(other, lab.root))
    expect((await lab.verify(lab.identity())).verstat).toBe('TN-Validation-Passed')
  })

  test('that was under way when trust changed is not kept', async () => {
    const lab = await Lab.open()
    const other = await issue({ ca: true, nowMs: lab.clock.now() })
    const verified = lab.verify(lab.identity())
    lab.chains.useTrust(trustIn(other))
    await verified
    expect(lab.chains.sizes).toEqual({ chains: 0, failures: 0, underWay: 0 })
    expect((await lab.verify(lab.identity())).failure?.fault).toBe('certificate_untrusted')
  })
})

describe('the memory of chains', () => {
  test('is bounded, for those that hold and for those that do not', async () => {
    const { clock, leaf, root } = await Lab.open()
    let answer: Fetched | 'fetch_failed' = { body: Buffer.from(leaf.pem), keepMs: 60_000 }
    const chains = new ChainStore(
      { clock, allowedHosts: [], fetch: async () => answer },
      trustIn(root),
    )
    for (let at = 0; at < chainsMax + 5; at++) {
      await chains.chainAt(`https://cert.example.org/${at}.pem`)
    }
    expect(chains.sizes.chains).toBe(chainsMax)
    answer = 'fetch_failed'
    for (let at = 0; at < failuresMax + 5; at++) {
      await chains.chainAt(`https://nowhere.example/${at}.pem`)
    }
    expect(chains.sizes).toEqual({ chains: chainsMax, failures: failuresMax, underWay: 0 })
  })

  test('one host has few fetches at once, all together have a bound', async () => {
    const lab = await Lab.open()
    const { promise: never, reject } = Promise.withResolvers<readonly string[]>()
    lab.addresses.get = () => never as unknown as readonly string[]
    const ask = (host: number, file: number) =>
      lab.chains.chainAt(`https://host${host}.example/${file}.pem`)
    const waiting = Array.from({ length: fetchesPerHostMax }, (_, file) => ask(0, file))
    expect(await ask(0, 99)).toBe('service_busy')
    for (let at = fetchesPerHostMax; at < fetchesMax; at++) waiting.push(ask(at, 0))
    expect(await ask(1000, 0)).toBe('service_busy')
    expect(lab.chains.sizes.underWay).toBe(fetchesMax)
    reject(new Error('no such name'))
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['fetch_failed']))
    expect(lab.chains.sizes.underWay).toBe(0)
  })
})
