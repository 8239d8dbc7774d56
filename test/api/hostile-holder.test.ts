import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openOfKeyMax } from '../../src/api/open-requests.ts'
import type { AuditEvent } from '../../src/audit/event.ts'
import { type ApiKeyName, startApi } from '../support/api.ts'
import { dialLine, type RawLine } from './raw-line.ts'

// The API met by whoever means it ill and holds a key that is good.

type Api = Awaited<ReturnType<typeof startApi>>
let api: Api
let port: number
let stack: AsyncDisposableStack

beforeEach(async () => {
  stack = new AsyncDisposableStack()
  api = stack.use(await startApi())
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  port = (api.app.server.address() as AddressInfo).port
})

// What does not end is cut off: no test waits for it.
afterEach(() => stack.disposeAsync())

const host = 'Host: gate'
const json = 'Content-Type: application/json'
const patience = { timeout: 20_000, interval: 5 }

const dial = async () => stack.use(await dialLine(port))

const bearer = (name: ApiKeyName) => `Authorization: Bearer ${api.textOf(name)}`

function head(...lines: readonly string[]): string {
  return `${lines.join('\r\n')}\r\n\r\n`
}

function statusesIn(answer: string): readonly string[] {
  return [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status = '']) => status)
}

/** Nobody else is held up, and nothing of ours has failed. */
async function expectWell(name: ApiKeyName = 'stranger'): Promise<void> {
  api.clock.advance(1_000)
  expect((await api.ask(name, 'GET /v1/keys?limit=1')).status).toBe(200)
  expect(api.used().filter(({ result = 0 }) => result >= 500)).toEqual([])
}

/** Begins a request whose body does not come. */
async function begin(name: ApiKeyName, path = '/v1/keys', type = json): Promise<RawLine> {
  const line = await dial()
  const fields = [bearer(name), type, 'Content-Length: 60000']
  line.socket.write(`${head(`POST ${path} HTTP/1.1`, host, ...fields)}{`)
  return line
}

const began = () => api.used().filter(({ stage }) => stage === 'began').length

describe('a body that comes a byte a second', () => {
  test('is given up after half a minute, and what it was to do is not done', async () => {
    const line = await begin('admin')
    await expect.poll(began, patience).toBe(1)
    for (let at = 0; at < 29; at++) {
      line.socket.write(' ')
      api.clock.advance(1_000)
      await new Promise(setImmediate)
    }
    expect(line.text()).toBe('')
    api.clock.advance(1_000)
    const answer = await line.closed
    expect(statusesIn(answer)).toEqual(['408'])
    expect(answer).toContain('urn:tollgate:problem:request_too_slow')
    expect(answer.toLowerCase()).toContain('connection: close')
    expect(api.used().at(-1)).toMatchObject({ stage: 'ended', result: 408 })
    await expectWell()
  })

  test('takes so many places of its key and no more, and none of another', async () => {
    const lines: RawLine[] = []
    for (let at = 0; at < openOfKeyMax; at++) lines.push(await begin('admin'))
    await expect.poll(began, patience).toBe(openOfKeyMax)
    api.clock.advance(1_000)
    const one = await api.ask('admin', 'GET /v1/keys')
    expect([one.status, one.headers['retry-after']]).toEqual([429, '1'])
    await expectWell()
    await expectWell('keys:manage')
    await expectWell('operator')
    for (const { socket } of lines) socket.destroy()
    const again = async () => {
      api.clock.advance(1_000)
      return (await api.ask('admin', 'GET /v1/keys')).status
    }
    await expect.poll(again, patience).toBe(200)
  })

  test('takes no place for good where the request cannot be written down', async () => {
    const operation = 'POST /v1/opt-outs/withdraw'
    const body = { number: '+14155552671' }
    api.faults.audit = true
    for (let at = 0; at < openOfKeyMax; at++) {
      api.clock.advance(1_000)
      expect((await api.ask('admin', operation, { body })).status).toBe(503)
    }
    api.faults.audit = false
    await expectWell('admin')
  })

  test('takes no place for good where its connection goes while it is let in', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    api.recording.until = promise
    const lines: RawLine[] = []
    for (let at = 0; at < openOfKeyMax; at++) lines.push(await begin('admin'))
    await expect.poll(() => api.recording.asked, patience).toBe(openOfKeyMax)
    const connections = () =>
      new Promise((answer) => api.app.server.getConnections((_, count) => answer(count)))
    for (const { socket } of lines) socket.destroy()
    await expect.poll(connections, patience).toBe(0)
    resolve()
    await expect.poll(began, patience).toBe(openOfKeyMax)
    await expectWell('admin')
  })

  test('and breaks off, as JSON or a stream, is no fault of ours', async () => {
    const csv = 'Content-Type: text/csv'
    const lines = [await begin('admin'), await begin('admin', '/v1/opt-outs/import', csv)]
    await expect.poll(began, patience).toBe(2)
    for (const { socket } of lines) socket.destroy()
    const ended = () => api.used().filter(({ stage }) => stage === 'ended')
    await expect.poll(() => ended().length, patience).toBe(2)
    expect(ended().map(({ result }) => result)).toEqual([400, 400])
    await expectWell()
  })
})

describe('HTTP otherwise than clients of today speak it', () => {
  test('HTTP/1.0 is answered once and its connection ends', async () => {
    const line = await dial()
    line.socket.write(head('GET /v1/keys?limit=1 HTTP/1.0', bearer('admin')))
    const answer = await line.closed
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(answer.toLowerCase()).not.toContain('transfer-encoding')
    const begging = await dial()
    const body = '{"policy":"logs-read","allowedSources":["127.0.0.1/32"]}'
    const fields = [bearer('admin'), json, `Content-Length: ${body.length}`]
    begging.socket.write(head('POST /v1/keys HTTP/1.0', ...fields) + body)
    expect(statusesIn(await begging.closed)).toEqual(['201'])
  })

  test('hundreds of requests in one go are answered in their order, past what may be open by 429', async () => {
    const line = await dial()
    const one = (at: number, more: readonly string[] = []) =>
      head(`GET /v1/keys?limit=${1 + (at % 2)} HTTP/1.1`, host, bearer('admin'), ...more)
    const all = Array.from({ length: 400 }, (_, at) => one(at))
    line.socket.write([...all, one(0, ['Connection: close'])].join(''))
    const statuses = statusesIn(await line.closed)
    expect(statuses).toHaveLength(401)
    expect(new Set(statuses)).toEqual(new Set(['200', '429']))
    expect(statuses.slice(0, openOfKeyMax)).toEqual(Array(openOfKeyMax).fill('200'))
    await expectWell()
  })

  test('chunks without an end are cut at the bound of a body', async () => {
    const line = await dial()
    const fields = [bearer('admin'), json, 'Transfer-Encoding: chunked']
    line.socket.write(head('POST /v1/keys HTTP/1.1', host, ...fields))
    const chunk = `1000\r\n${' '.repeat(0x1000)}\r\n`
    for (let at = 0; at < 40 && !line.socket.destroyed; at++) line.socket.write(chunk)
    expect(statusesIn(await line.closed)).toEqual(['413'])
    await expectWell()
  })

  test('JSON that is deep, wide or odd is refused or read, and never breaks anything', async () => {
    const deep = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`
    const wide = `{${Array.from({ length: 6_000 }, (_, at) => `"k${at}":1`).join(',')}}`
    const odd = ['null', '[]', '"x"', '1e999', '{"a":1,"a":2}', '{"constructor":{"prototype":1}}']
    for (const body of [deep, wide, ...odd, '{"policy":"\\ud800"}']) {
      for (const operation of ['POST /v1/keys', 'POST /v1/declared/preview']) {
        api.clock.advance(1_000)
        const headers = { 'content-type': 'application/json' }
        const { status } = await api.ask('operator', operation, { body, headers })
        expect([body.slice(0, 20), status >= 400 && status < 500]).toEqual([
          body.slice(0, 20),
          true,
        ])
      }
    }
    await expectWell()
  })
})

describe('streams of events', () => {
  const follow = async (name: ApiKeyName) => {
    const line = await dial()
    line.socket.write(head('GET /v1/calls/stream HTTP/1.1', host, bearer(name)))
    return line
  }

  test('one key has so many, the next is refused, and ordinary requests are answered', async () => {
    const lines: RawLine[] = []
    for (let at = 0; at < 15; at++) lines.push(await follow('logs:read'))
    const first = () => lines.map((line) => statusesIn(line.text())[0] ?? '')
    await expect.poll(() => first().filter(Boolean).length, patience).toBe(15)
    expect(first().filter((status) => status === '200')).toHaveLength(10)
    expect(first().filter((status) => status === '429')).toHaveLength(5)
    expect((await api.ask('logs:read', 'GET /v1/calls?limit=1')).status).toBe(200)
    await expectWell()
  })

  test('a reader that does not read is cut off, and others go on hearing', async () => {
    const [deaf, keen] = [await follow('logs:read'), await follow('logs:read')]
    for (const line of [deaf, keen]) {
      await expect.poll(() => line.text(), patience).toContain('retry:')
    }
    deaf.socket.pause()
    const isOver = new Promise<boolean>((resolve) => {
      api.app.server.getConnections((_, before) => {
        const look = () =>
          api.app.server.getConnections((__, now) => {
            if (now < before) resolve(true)
            else setImmediate(tell)
          })
        let at = 0
        const tell = async () => {
          for (let many = 0; many < 200; many++, at++) {
            const called = `+1415555${String(at % 10_000).padStart(4, '0')}`
            const filler = { detail: 'x', cause: 'y'.repeat(1_000) }
            const decided = { type: 'call.decided', callId: `c${at}`, tenantId: 'acme', called }
            await api.audit.append({ ...decided, ...filler } as unknown as AuditEvent)
          }
          look()
        }
        void tell()
      })
    })
    expect(await isOver).toBe(true)
    await api.audit.append({
      type: 'call.decided',
      callId: 'the-last',
      tenantId: 'acme',
      called: '+14155550000',
    } as unknown as AuditEvent)
    await expect.poll(() => keen.text(), patience).toContain('the-last')
    await expectWell()
  }, 60_000)
})

describe('the same thing at the same moment', () => {
  test('by one Idempotency-Key is done once, and with another body never', async () => {
    const ask = (lifeS: number) =>
      api.ask('admin', 'POST /v1/call-tokens', {
        body: { lifeS },
        headers: { 'idempotency-key': 'race' },
      })
    const same = await Promise.all(Array.from({ length: 20 }, () => ask(60)))
    const statuses = same.map(({ status }) => status)
    expect(new Set(statuses.filter((status) => status !== 409))).toEqual(new Set([201]))
    const secrets = same.map(({ json: body }) => body.token).filter((token) => token)
    expect(secrets).toHaveLength(1)
    const others = await Promise.all([61, 62, 63].map(ask))
    expect(others.map(({ status }) => status)).toEqual([422, 422, 422])
    expect((await ask(60)).headers['idempotency-replayed']).toBe('true')
    await expectWell()
  })

  test('by one ETag is changed once, and all others hear that it has changed', async () => {
    const path = `/v1/keys/${api.idOf('subject')}`
    const { headers } = await api.ask('admin', `GET ${path}`)
    const ifMatch = { 'if-match': String(headers.etag) }
    const changes = Array.from({ length: 20 }, (_, at) =>
      api.ask('admin', `PATCH ${path}`, {
        body: { allowedSources: [`192.0.2.${at}/32`] },
        headers: ifMatch,
      }),
    )
    const statuses = (await Promise.all(changes)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 412)).toHaveLength(19)
    const puts = Array.from({ length: 20 }, (_, at) =>
      api.ask('operator', 'PUT /v1/policies/raced', {
        body: { id: 'raced', regions: ['US'], homeRegion: 'US', callDurationMaxS: 100 + at },
        headers: { 'if-none-match': '*' },
      }),
    )
    const made = (await Promise.all(puts)).map(({ status }) => status)
    expect(made.filter((status) => status === 201)).toHaveLength(1)
    expect(made.filter((status) => status === 412)).toHaveLength(19)
    await expectWell()
  })
})
