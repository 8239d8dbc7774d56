import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startApi } from '../support/api.ts'

type Api = Awaited<ReturnType<typeof startApi>>
let api: Api

beforeEach(async () => {
  api = await startApi()
})

afterEach(() => api[Symbol.asyncDispose]())

describe('who comes', () => {
  test('without a key, with a wrong one or from a wrong network gets a challenge', async () => {
    const missing = await api.ask(undefined, 'GET /v1/keys')
    expect(missing).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } })
    expect(missing.json.type).toBe('urn:tollgate:problem:credentials_missing')
    const wrong = `Bearer tg_live_${'x'.repeat(66)}`
    const answers = [
      await api.ask(undefined, 'GET /v1/keys', { headers: { authorization: wrong } }),
      await api.ask('elsewhere', 'GET /v1/keys'),
      await api.ask('operatorElsewhere', 'GET /v1/keys'),
      await api.ask('admin', 'GET /v1/keys', { from: '192.0.2.9' }),
    ]
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
    expect(answers[0]?.json.type).toBe('urn:tollgate:problem:credentials_invalid')
  })

  test('with a proven key that may not be used hears why', async () => {
    const names = ['suspended', 'revoked', 'expired', 'orphan', 'operatorSuspended'] as const
    const types = await Promise.all(
      names.map(async (name) => (await api.ask(name, 'GET /v1/keys')).json.type.split(':').at(-1)),
    )
    expect(types).toEqual([
      ...['key_suspended', 'key_revoked', 'key_expired', 'tenant_suspended', 'key_suspended'],
    ])
  })

  test('and guesses keys is banned, and then the right key counts for nothing', async () => {
    const guess = { headers: { authorization: 'Bearer wrong' }, from: '127.0.0.9' }
    for (let at = 0; at < 10; at++) await api.ask(undefined, 'GET /v1/keys', guess)
    expect(api.bans).toEqual(['127.0.0.9'])
    expect((await api.ask('admin', 'GET /v1/keys', guess)).status).toBe(401)
    expect((await api.ask('admin', 'GET /v1/keys', { from: '127.0.0.9' })).status).toBe(401)
  })

  test('too often is told when to come back, and others are not held up by it', async () => {
    const statuses = []
    for (let at = 0; at < 302; at++) statuses.push((await api.ask('admin', 'GET /v1/keys')).status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(300)
    const refused = await api.ask('admin', 'GET /v1/keys')
    expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '1' } })
    expect((await api.ask('keys:manage', 'GET /v1/keys')).status).toBe(200)
    api.clock.advance(1_000)
    expect((await api.ask('admin', 'GET /v1/keys')).status).toBe(200)
  })
})

describe('every use', () => {
  test('is on record with its result, and nothing in the record is secret', async () => {
    await api.ask('admin', 'GET /v1/keys?limit=2')
    await api.ask('logs:read', 'GET /v1/keys')
    await api.ask(undefined, 'GET /v1/keys')
    const [read, denied, unknown] = api.used()
    const keyId = api.idOf('admin')
    expect(read).toMatchObject({
      keyId,
      tenantId: 'acme',
      operation: 'GET /v1/keys',
      from: '127.0.0.1',
      stage: 'ended',
      result: 200,
      read: 'keys:2',
    })
    expect(denied).toMatchObject({ keyId: api.idOf('logs:read'), result: 403 })
    expect(unknown).toMatchObject({ keyId: undefined, result: 401 })
    expect(JSON.stringify(api.events)).not.toContain(api.textOf('admin').slice(26, 69))
  })

  test('says which numbers it was about, and what by our id', async () => {
    await api.ask('operator', 'GET /v1/calls')
    await api.ask('operator', 'GET /v1/calls?caller=%2B12125550199&number=%2B12125550142')
    await api.ask('operator', `GET /v1/keys/${api.idOf('admin')}`)
    await api.ask('operator', 'GET /v1/audit/calls/their-Call-ID/evidence')
    expect(api.used().map(({ numbers, about }) => [numbers, about])).toEqual([
      [undefined, undefined],
      [expect.stringMatching(/^\+12125550(199|142) \+12125550(199|142)$/), undefined],
      [undefined, api.idOf('admin')],
      [undefined, undefined],
    ])
  })

  test('that changes something is written down before, and not done where it cannot be', async () => {
    const revoke = `POST /v1/keys/${api.idOf('admin')}/revoke`
    api.faults.audit = true
    expect((await api.ask('operator', revoke)).json.type).toBe(
      'urn:tollgate:problem:audit_unavailable',
    )
    expect((await api.ask('operator', 'GET /v1/keys')).text).not.toContain(api.idOf('admin'))
    api.faults.audit = false
    expect((await api.ask('admin', 'GET /v1/keys')).status).toBe(200)
    await api.ask('operator', revoke)
    const stages = api.used().filter(({ operation }) => operation.startsWith('POST'))
    expect(stages.map(({ stage }) => stage)).toEqual(['began', 'ended'])
    expect((await api.ask('admin', 'GET /v1/keys')).status).toBe(403)
  })

  test('is refused while the store is lost', async () => {
    api.faults.store = true
    const answer = await api.ask('admin', 'GET /v1/keys')
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' } })
    expect(answer.json.type).toBe('urn:tollgate:problem:store_unavailable')
    expect((await api.ask(undefined, 'GET /v1/health/ready')).json).toMatchObject({
      ready: false,
      store: false,
      audit: true,
    })
  })
})

describe('what is not as it should be', () => {
  test('is told field by field', async () => {
    const body = { policy: 'everything', allowedSources: ['anywhere'], colour: 'red' }
    const answer = await api.ask('operator', 'POST /v1/keys', { body })
    expect(answer).toMatchObject({
      status: 400,
      headers: { 'content-type': 'application/problem+json' },
    })
    expect(answer.json.errors).toEqual([
      { in: 'body', pointer: '/allowedSources/0', reason: expect.stringContaining('network') },
      { in: 'body', pointer: '/colour', reason: 'is not known here' },
    ])
  })

  test('is told in words that say what is wanted, and of what is there already, that it is', async () => {
    const reasonsOf = async (operation: string, body?: object) => {
      const { json } = await api.ask('operator', operation, body === undefined ? {} : { body })
      return json.errors.map((one: Record<string, string>) => `${one.pointer} ${one.reason}`)
    }
    expect(await reasonsOf('POST /v1/opt-outs', { number: '14155552671' })).toEqual([
      '/number must be a number in E.164 with +',
      '/source is missing',
    ])
    expect(await reasonsOf('GET /v1/keys?limit=0')).toEqual([
      'limit must be a whole number from 1 to 200',
    ])
    expect(await reasonsOf('GET /v1/calls?from=today')).toEqual([
      'from must be a moment such as 2027-01-31T00:00:00Z',
    ])
    const asked = { from: '+12125550150', to: '+14155552671' }
    expect((await reasonsOf('POST /v1/explain', asked))[0]).toContain(
      '/keyId or /carrierId is needed',
    )
    const put = (name: string, headers = {}) =>
      api.ask('operator', `PUT /v1/tenants/${name}`, { body: { id: name }, headers })
    expect((await put('new')).json.detail).toContain('If-None-Match: *')
    const absent = { 'if-none-match': '*' }
    expect((await put('acme', absent)).json.detail).toContain('exists already')
    expect((await put('new', { 'if-match': '"r1"' })).json.detail).toContain('It does not exist')
    expect((await api.ask('operator', 'GET /v1/usage')).json.detail).toContain('`tenant`')
  })

  test('in path or method is a problem too', async () => {
    expect((await api.ask(undefined, 'GET /v1/nothing')).json).toEqual({
      type: 'urn:tollgate:problem:not_found',
      title: 'Not found',
      status: 404,
    })
    const answer = await api.ask('operator', 'DELETE /v1/keys')
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'GET, POST' } })
  })

  test.each([
    ['no JSON', { body: '{', headers: { 'content-type': 'application/json' } }, 400],
    ['a poisoned name', { body: '{"__proto__":{}}', headers: json() }, 400],
    ['no media type of ours', { body: 'x', headers: { 'content-type': 'text/plain' } }, 415],
    ['too much', { body: JSON.stringify({ a: 'x'.repeat(70_000) }), headers: json() }, 413],
    ['a stream where none is wanted', { body: 'x', headers: { 'content-type': 'text/csv' } }, 415],
  ])('as %s is refused', async (_what, options, status) => {
    const answer = await api.ask('operator', 'POST /v1/keys', options)
    expect(answer.status).toBe(status)
    expect(answer.headers['content-type']).toBe('application/problem+json')
  })

  function json() {
    return { 'content-type': 'application/json' }
  }
})

test('no answer is kept, framed or guessed at, names its server or lets other origins in', async () => {
  const { headers } = await api.ask('admin', 'GET /v1/keys', {
    headers: { origin: 'https://evil.example' },
  })
  expect(headers).toMatchObject({
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': expect.stringContaining("default-src 'none'"),
  })
  expect(headers).not.toHaveProperty('server')
  expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([])
})

test('a path that is none, or has too long a name in it, is not there and is not told again', async () => {
  for (const name of ['%', '%ff', 'a'.repeat(300)]) {
    const { status, headers, text, json } = await api.ask('operator', `GET /v1/keys/${name}`)
    expect([status, json.type]).toEqual([404, 'urn:tollgate:problem:not_found'])
    expect(headers).toMatchObject({ 'cache-control': 'no-store' })
    expect(headers['request-id']).toMatch(/^[0-9a-f]{24}$/)
    expect(text).not.toContain(name)
  }
})
