import { afterEach, beforeEach, expect, test } from 'vitest'
import type { CallId } from '../../src/domain/attempt.ts'
import { Secret } from '../../src/kernel/secret.ts'
import { startApi } from '../support/api.ts'

type Api = Awaited<ReturnType<typeof startApi>>
let api: Api

beforeEach(async () => {
  api = await startApi()
})

afterEach(() => api[Symbol.asyncDispose]())

test("a key that reads logs has its own tenant's calls, page by page, and by which carrier not", async () => {
  const first = await api.ask('logs:read', 'GET /v1/calls?limit=1')
  expect(first.json.items).toMatchObject([{ tenant: 'acme', admitted: false }])
  const rest = await api.ask('logs:read', `GET /v1/calls?limit=5&cursor=${first.json.next}`)
  expect(rest.json).toMatchObject({
    items: [{ tenant: 'acme', called: '+14155552671', carrierId: null, durationMs: 61_000 }],
    next: null,
  })
  expect(api.used().map(({ read }) => read)).toEqual(['calls:1', 'calls:1'])
  const all = await api.ask('operator', 'GET /v1/calls')
  expect(all.json.items).toHaveLength(3)
  expect(all.json.items[0]).toMatchObject({ carrierId: 'carrier-1' })
})

test('of calls of others it finds none, whatever it asks by', async () => {
  const [foreign] = (await api.ask('operator', 'GET /v1/calls?tenant=other')).json.items
  for (const query of ['?tenant=other', `?callId=${foreign.callId}`, '?caller=%2B12125550199']) {
    expect((await api.ask('logs:read', `GET /v1/calls${query}`)).json.items).toEqual([])
  }
  const one = await api.ask('logs:read', `GET /v1/calls/${foreign.callId}`)
  const none = await api.ask('logs:read', 'GET /v1/calls/call-none')
  expect(one).toMatchObject({ status: 404, text: none.text })
  expect((await api.ask('stranger', `GET /v1/calls/${foreign.callId}`)).status).toBe(200)
})

test('calls are filtered, and a filter or cursor that is none is a fault', async () => {
  const refused = await api.ask('logs:read', 'GET /v1/calls?decision=refused')
  expect(refused.json.items).toHaveLength(1)
  expect((await api.ask('logs:read', 'GET /v1/calls?reason=nothing')).status).toBe(400)
  const cursor = await api.ask('logs:read', 'GET /v1/calls?cursor=AAAA')
  expect(cursor).toMatchObject({
    status: 400,
    json: { errors: [{ in: 'query', pointer: 'cursor' }] },
  })
})

test('a key that makes calls makes call tokens of itself, shown once', async () => {
  const headers = { 'idempotency-key': 'token-1' }
  const body = { callee: '+14155552671', callsMax: 1 }
  const made = await api.ask('calls:make', 'POST /v1/call-tokens', { body, headers })
  expect(made).toMatchObject({ status: 201, json: { keyId: api.idOf('calls:make') } })
  expect(await api.tokens.verify(new Secret(made.json.token))).toMatchObject({
    keyId: api.idOf('calls:make'),
    callee: '+14155552671',
    callsMax: 1,
  })
  const again = await api.ask('calls:make', 'POST /v1/call-tokens', { body, headers })
  expect(again.json).toEqual({ ...made.json, token: null })
  const long = { body: { lifeS: 3_601 } }
  expect((await api.ask('calls:make', 'POST /v1/call-tokens', long)).status).toBe(400)
})

test('usage shows every limit and budget of tenant and key, and what is left', async () => {
  const { json } = await api.ask('logs:read', 'GET /v1/usage')
  expect(json.owners).toMatchObject([
    {
      level: 'tenant',
      id: 'acme',
      running: 0,
      limits: [
        {
          limit: 'concurrency',
          used: 0,
          max: 10,
          fits: true,
          freesInMs: 0,
          figures: { slotsMax: 10 },
        },
      ],
      budgets: [{ period: 'day', currency: 'USD', capMicros: 5_000_000, spentMicros: 0 }],
    },
    { level: 'key', id: api.idOf('logs:read') },
  ])
  const of = `GET /v1/usage?tenant=acme&keyId=`
  const own = await api.ask('operator', of + api.idOf('logs:read'))
  expect(own.json).toEqual(json)
  const none = ['stranger', 'admin'].map((name) =>
    api.ask('logs:read', of + api.idOf(name as 'admin')),
  )
  for (const { status } of await Promise.all(none)) expect(status).toBe(404)
  expect((await api.ask('operator', of + api.idOf('stranger'))).status).toBe(404)
  expect((await api.ask('operator', 'GET /v1/usage')).status).toBe(404)
  expect((await api.ask('stranger', 'GET /v1/usage?tenant=acme')).status).toBe(404)
})

test('usage counts what calls have taken, until it is given back', async () => {
  const owner = { level: 'tenant', id: 'acme' } as const
  const request = {
    callId: 'c' as CallId,
    part: 'admission',
    home: owner,
    leaseMs: 60_000,
  } as const
  const claims = [{ kind: 'concurrency', owner, slotsMax: 10 }] as const
  const taken = await api.store.limiter.take({ ...request, claims, whenLost: 'refuse' })
  const used = async () => {
    const { json } = await api.ask('logs:read', 'GET /v1/usage')
    return [json.owners[0].running, json.owners[0].limits[0].used]
  }
  expect(await used()).toEqual([1, 1])
  if (taken.taken) await api.store.limiter.release(taken.leases)
  expect(await used()).toEqual([0, 0])
})

test('an explained call tells every check, and carriers to the operator alone', async () => {
  const body = { from: '+12125550150', to: '+18765550100' }
  const { json } = await api.ask('calls:make', 'POST /v1/explain', { body })
  expect(json).toMatchObject({ admitted: false, reason: 'geo_country_denied', candidates: [] })
  expect(json.checks.length).toBeGreaterThan(15)
  const foreign = { body: { ...body, keyId: api.idOf('stranger') } }
  const unknown = { body: { ...body, keyId: '0'.repeat(16) } }
  const heard = await api.ask('calls:make', 'POST /v1/explain', foreign)
  expect(heard.status).toBe(422)
  expect(heard.text).toBe((await api.ask('calls:make', 'POST /v1/explain', unknown)).text)
})

const brought = { carrierId: 'primary', from: '+13125550188', to: '+12125550150' }

test('a call that a carrier would bring is explained to the operator', async () => {
  const { status, json } = await api.ask('operator', 'POST /v1/explain', { body: brought })
  expect([status, json]).toMatchObject([
    200,
    {
      direction: 'inbound',
      admitted: true,
      tenantId: 'acme',
      trunkId: 'pbx',
      carrierId: 'primary',
      caller: '+13125550188',
      verstat: 'No-TN-Validation',
      targets: [{ gateway: 'pbx-1', requestUri: expect.stringContaining('+12125550150@pbx1') }],
    },
  ])
  const elsewhere = { body: { ...brought, source: '198.51.100.9' } }
  expect((await api.ask('operator', 'POST /v1/explain', elsewhere)).json).toMatchObject({
    admitted: false,
    reason: 'credentials_missing',
    answer: { status: 403 },
    targets: [],
  })
  const nobodys = { body: { ...brought, to: '+12125550199' } }
  const refused = await api.ask('operator', 'POST /v1/explain', nobodys)
  expect(refused.json).toMatchObject({ reason: 'number_unowned', answer: { httpStatus: 404 } })
})

test.each([
  ['a carrier that brings no calls', { carrierId: 'outward' }, '/carrierId'],
  ['a carrier that is none', { carrierId: 'none' }, '/carrierId'],
  ['a key besides', { keyId: '0'.repeat(16) }, '/keyId'],
  ['a class besides', { callClass: 'marketing' }, '/callClass'],
  ['signatures without a carrier', { carrierId: undefined, identities: ['x'] }, '/identities'],
])('a question with %s is unfit', async (_, more, pointer) => {
  const body = { ...brought, ...more }
  const { status, json } = await api.ask('operator', 'POST /v1/explain', { body })
  expect([status, json.errors]).toMatchObject([422, [{ in: 'body', pointer }]])
})

test("a tenant's key hears of no carrier, whether there is one or not", async () => {
  const heard = await Promise.all(
    ['primary', 'none'].map((carrierId) =>
      api.ask('admin', 'POST /v1/explain', { body: { ...brought, carrierId } }),
    ),
  )
  expect(heard.map(({ status, text }) => [status, text])).toEqual([
    [422, heard[0]?.text],
    [422, heard[0]?.text],
  ])
  expect(heard[0]?.json.errors).toMatchObject([{ pointer: '/carrierId' }])
})
