import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { KeyId } from '../../src/domain/key.ts'
import { startApi } from '../support/api.ts'
import { dialLine } from './raw-line.ts'

// The API met by whoever means it ill, over sockets as it stands on a network.

type Api = Awaited<ReturnType<typeof startApi>>
let api: Api
let port: number

beforeAll(async () => {
  api = await startApi()
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  port = (api.app.server.address() as AddressInfo).port
})

afterAll(() => api[Symbol.asyncDispose]())

const dial = () => dialLine(port)

/** Says so on a connection of its own, and gives all that was answered until it was closed. */
async function said(...lines: readonly string[]): Promise<string> {
  api.clock.advance(1_000)
  await using line = await dial()
  line.socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  return await line.closed
}

const host = 'Host: gate'
const close = 'Connection: close'
const bearer = (name: Parameters<Api['textOf']>[0]) => `Authorization: Bearer ${api.textOf(name)}`

/** Everything of an answer but its moment and its name. */
function shape(answer: string): string {
  return answer.replace(/^date: .*\r\n/im, '').replace(/^request-id: .*\r\n/im, '')
}

function statusesIn(answer: string): readonly string[] {
  return [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status = '']) => status)
}

describe('what is another tenant’s, and what is not there', () => {
  const methods = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'QUERY']
  const below = ['', '/rotate', '/revoke', '/nothing']
  const missing = '0'.repeat(16)

  test.each(methods)('%s gets one answer byte by byte, whatever else is said', async (method) => {
    const key = (await api.store.directory.findKey(api.idOf('subject') as KeyId)) as object
    expect(key).toBeDefined()
    const own = await api.ask('admin', `GET /v1/keys/${api.idOf('subject')}`)
    const etag = String(own.headers.etag)
    const further = [
      [],
      [`If-Match: ${etag}`],
      [`If-None-Match: ${etag}`, 'If-Modified-Since: Thu, 01 Jan 2026 00:00:00 GMT'],
      ['X-HTTP-Method-Override: DELETE', 'X-Method-Override: PUT'],
      ['Range: bytes=0-10', 'Accept: text/html', 'Expect: 100-continue'],
    ]
    for (const end of below) {
      for (const more of further) {
        for (const body of ['', '{"overlapS":0}']) {
          const type = ['Content-Type: application/json', `Content-Length: ${body.length}`]
          const of = (id: string) =>
            said(
              ...[`${method} /v1/keys/${id}${end} HTTP/1.1`, host, close, bearer('stranger')],
              ...[...more, ...(body ? type : []), '', body],
            )
          const [theirs, nothing] = [await of(api.idOf('subject')), await of(missing)]
          expect(shape(theirs)).toBe(shape(nothing))
          expect(theirs).not.toContain('ETag')
        }
      }
    }
    expect(await api.store.directory.findKey(api.idOf('subject') as KeyId)).toEqual(key)
  })

  test('are one in every list, filter, look-up and body that names it', async () => {
    const [{ callId }] = (await api.ask('admin', 'GET /v1/calls')).json.items
    const consent = { number: '+14155552671', purpose: 'marketing', how: 'form' }
    await api.ask('admin', 'POST /v1/consents', {
      body: { ...consent, id: 'c1', givenAt: '2026-01-01T00:00:00Z', evidence: 'x' },
    })
    const pairs = [
      [`/v1/calls/${callId}`, '/v1/calls/none'],
      [`/v1/calls?callId=${callId}`, '/v1/calls?callId=none'],
      [`/v1/calls?keyId=${api.idOf('subject')}`, `/v1/calls?keyId=${missing}`],
      ['/v1/calls?tenant=acme', '/v1/calls?tenant=nobody'],
      ['/v1/keys?tenant=acme', '/v1/keys?tenant=nobody'],
      ['/v1/usage?tenant=acme', '/v1/usage?tenant=nobody'],
      [`/v1/usage?keyId=${api.idOf('subject')}`, `/v1/usage?keyId=${missing}`],
      ['/v1/opt-outs?tenant=acme', '/v1/opt-outs?tenant=nobody'],
      ['/v1/consents?tenant=acme', '/v1/consents?tenant=nobody'],
      ['/v1/tenants/acme/status', '/v1/tenants/nobody/status'],
      ['/v1/policies/everything', '/v1/policies/nothing'],
      [`/v1/live-calls/${callId}`, '/v1/live-calls/none'],
      [`/v1/audit/calls/${callId}/evidence`, '/v1/audit/calls/none/evidence'],
    ] as const
    for (const [theirs, nothing] of pairs) {
      const ask = (path: string) => said(`GET ${path} HTTP/1.1`, host, close, bearer('stranger'))
      expect([theirs, shape(await ask(theirs))]).toEqual([theirs, shape(await ask(nothing))])
    }
    const revoke = (id: string) =>
      api.ask('stranger', `POST /v1/consents/${id}/revoke`, { body: {} })
    expect((await revoke('c1')).text).toBe((await revoke('c2')).text)
    const bodies = ['acme', 'nobody'].map((tenant) =>
      api.ask('stranger', 'POST /v1/opt-outs', {
        body: { number: '+14155552671', source: 'x', tenant },
      }),
    )
    const [theirs, nothing] = await Promise.all(bodies)
    expect(theirs?.text).toBe(nothing?.text)
  })

  test('an Idempotency-Key of another tenant is nobody’s', async () => {
    const headers = { 'idempotency-key': 'the-same' }
    const mint = (name: 'admin' | 'stranger', body: object) =>
      api.ask(name, 'POST /v1/call-tokens', { body, headers })
    const first = await mint('admin', {})
    const theirs = await mint('stranger', { lifeS: 10 })
    expect([first.status, theirs.status]).toEqual([201, 201])
    expect(theirs.headers).not.toHaveProperty('idempotency-replayed')
    expect(theirs.json.keyId).toBe(api.idOf('stranger'))
  })
})

describe('a path written otherwise', () => {
  const paths = [
    ...[
      '//v1/keys',
      '/v1//keys',
      '/v1/keys/',
      '/V1/keys',
      '/v1/KEYS',
      '/v1/./keys',
      '/v1/x/../keys',
    ],
    ...['/v1/%6beys', '/v1%2fkeys', '/v1/keys%2f', '/v1/keys;a=b', '/v1/keys%00', '/v1/keys%3f'],
    ...['/v1/keys/%2e%2e/keys', '/%2e/v1/keys', '\\v1\\keys', '/v1/keys#x', '/v1/keys?', '*'],
    ...['http://gate/v1/keys', 'http://evil/v1/keys', '/v1/keys/%252e%252e', '/v1/keysé'],
  ]

  test.each(paths)(
    '%s opens nothing to who has no key, or a key without the scope',
    async (path) => {
      const nobody = await said(`GET ${path} HTTP/1.1`, host, close)
      expect(['400', '401', '404', '405']).toContain(statusesIn(nobody)[0])
      const other = await said(`GET ${path} HTTP/1.1`, host, close, bearer('calls:make'))
      expect(['400', '403', '404', '405']).toContain(statusesIn(other)[0])
      for (const answer of [nobody, other]) {
        expect(answer).not.toContain('allowedSources')
        expect(answer.toLowerCase()).toContain('application/problem+json')
      }
    },
  )
})

describe('a message that two readers could read otherwise', () => {
  const smuggled = ['GET /v1/keys HTTP/1.1', host, '', ''].join('\r\n')
  const post = ['POST /v1/keys HTTP/1.1', host]
  const request = 'GET /v1/health/live HTTP/1.1'

  test.each([
    ['two lengths', [...post, 'Content-Length: 0', 'Content-Length: 40', '', smuggled]],
    [
      'a length and chunks',
      [...post, 'Content-Length: 4', 'Transfer-Encoding: chunked', '', '0', '', smuggled],
    ],
    [
      'chunks twice',
      [...post, 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity', '', '0', '', smuggled],
    ],
    ['chunks by another name', [...post, 'Transfer-Encoding: xchunked', '', '0', '', smuggled]],
    ['a space before the colon', [...post, 'Content-Length : 4', '', smuggled]],
    ['a signed length', [...post, 'Content-Length: +4', '', smuggled]],
    ['a chunk of no size', [...post, 'Transfer-Encoding: chunked', '', 'zz', smuggled]],
    ['no host', [request]],
    ['a folded field', [request, host, 'X-A: b', ' c']],
    ['a bare line feed', [`${request}\n${host}\nX-A: b\nContent-Length: 1\n`]],
    ['a nul in a field', [request, host, 'X-A: a\0b']],
    ['another protocol', ['GET /v1/health/live HTTP/3.0', host]],
  ])('%s: is answered once at most, and its connection ends', async (_what, lines) => {
    const answer = await said(...lines)
    expect(statusesIn(answer).length).toBeLessThanOrEqual(1)
    expect(statusesIn(answer)).not.toContain('200')
  })

  test('two keys, or one beside another scheme, let nobody in', async () => {
    for (const first of [bearer('admin'), 'Authorization: Basic eDp5']) {
      const twice = await said('GET /v1/keys HTTP/1.1', host, close, first, bearer('admin'))
      expect(statusesIn(twice)).toEqual(['401'])
    }
  })

  test('of requests in one go each is judged by its own key', async () => {
    const one = (more: readonly string[]) =>
      ['GET /v1/keys HTTP/1.1', host, ...more, '', ''].join('\r\n')
    await using line = await dial()
    line.socket.write(
      [one([bearer('admin')]), one([]), one([bearer('calls:make')]), one([bearer('revoked')])].join(
        '',
      ) + one([bearer('admin'), close]),
    )
    expect(statusesIn(await line.closed)).toEqual(['200', '401', '403', '403', '200'])
  })
})

describe('what is sent without end', () => {
  test('a body of who has no key is not waited for, and its connection ends', async () => {
    for (const length of ['Content-Length: 1000000000', 'Transfer-Encoding: chunked']) {
      await using line = await dial()
      const type = 'Content-Type: application/json'
      line.socket.write(['POST /v1/keys HTTP/1.1', host, type, length, '', ''].join('\r\n'))
      expect(statusesIn(await line.closed)).toEqual(['401'])
    }
  })

  test('a body too large is refused by its length, unread', async () => {
    for (const path of ['/v1/keys', '/v1/declared/preview']) {
      await using line = await dial()
      const fields = ['Content-Type: application/json', 'Content-Length: 1000000000']
      line.socket.write(
        [`POST ${path} HTTP/1.1`, host, bearer('operator'), ...fields, '', ''].join('\r\n'),
      )
      expect(statusesIn(await line.closed)).toEqual(['413'])
    }
  })

  test('fields too many or too long are refused', async () => {
    const long = await said('GET /v1/keys HTTP/1.1', host, `X-A: ${'a'.repeat(20_000)}`)
    expect(['400', '431']).toContain(statusesIn(long)[0])
    const deep = `{"policies":${'['.repeat(500_000)}`
    const closed = `${deep}${']'.repeat(500_000)}}`
    for (const body of [deep, closed]) {
      const options = { body, headers: { 'content-type': 'application/json' } }
      expect((await api.ask('operator', 'POST /v1/declared/preview', options)).status).toBe(400)
    }
  })

  test('streams that are opened and left a thousand times leave nothing behind', async () => {
    for (let at = 0; at < 1_000; at++) {
      if (at % 50 === 0) api.clock.advance(1_000)
      await using line = await dial()
      line.socket.write(
        ['GET /v1/calls/stream HTTP/1.1', host, bearer('stranger'), '', ''].join('\r\n'),
      )
      await expect.poll(() => line.text(), { interval: 1, timeout: 10_000 }).toContain('retry:')
    }
    await expect
      .poll(
        async () => {
          return await new Promise((resolve) =>
            api.app.server.getConnections((_, count) => resolve(count)),
          )
        },
        { timeout: 20_000 },
      )
      .toBe(0)
  }, 60_000)
})

describe('a body', () => {
  test('that is encoded is told to be so, and is not taken for what it is not', async () => {
    for (const [operation, type] of [
      ['POST /v1/opt-outs/import', 'text/csv'],
      ['POST /v1/opt-outs', 'application/json'],
    ] as const) {
      const headers = { 'content-type': type, 'content-encoding': 'gzip' }
      const heard = await api.ask('admin', operation, { body: '\u001f\u008b', headers })
      expect(heard).toMatchObject({ status: 415, headers: { 'accept-encoding': 'identity' } })
      const plain = { 'content-type': type, 'content-encoding': 'Identity' }
      const other = await api.ask('admin', operation, { body: '{}', headers: plain })
      expect(other.status).not.toBe(415)
      expect((await api.ask(undefined, operation, { body: 'x', headers })).status).toBe(401)
    }
  })

  test('is not waited for where nothing takes it', async () => {
    const body = ['Content-Type: application/json', 'Content-Length: 60000']
    for (const [line, status] of [
      ['POST /v1/nothing', '404'],
      ['PUT /v1/keys', '405'],
      ['QUERY /v1/keys', '405'],
    ] as const) {
      expect(statusesIn(await said(`${line} HTTP/1.1`, host, ...body))).toEqual([status])
    }
  })
})
