import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { stateTopic } from '../../src/admission/breaker/notes.ts'
import { startApi } from '../support/api.ts'

type Api = Awaited<ReturnType<typeof startApi>>
let api: Api

beforeEach(async () => {
  api = await startApi()
})

afterEach(() => api[Symbol.asyncDispose]())

test('a call in progress is listed and ended, an emergency call never ended', async () => {
  api.running.set('call-1', { tenantId: 'acme', isEmergency: false })
  api.running.set('call-2', { tenantId: 'other', isEmergency: true })
  const { json } = await api.ask('operator', 'GET /v1/live-calls?tenant=acme')
  expect(json.items).toMatchObject([{ callId: 'call-1', tenant: 'acme', emergency: false }])
  expect((await api.ask('operator', 'POST /v1/live-calls/call-1/end')).status).toBe(202)
  expect((await api.ask('operator', 'POST /v1/live-calls/call-1/end')).status).toBe(404)
  expect((await api.ask('operator', 'POST /v1/live-calls/call-2/end')).status).toBe(409)
  expect([...api.running.keys()]).toEqual(['call-2'])
})

test('a breaker that is open is listed with what it has opened for, and closed', async () => {
  const note = { state: 'open', sinceMs: 0, untilMs: 1, openMs: 1, signals: { attempts: 99 } }
  await api.store.board.post(stateTopic, 'key:abc', () => JSON.stringify(note))
  const { json } = await api.ask('operator', 'GET /v1/breakers')
  expect(json.items).toMatchObject([{ name: 'key:abc', state: 'open', signals: { attempts: 99 } }])
  expect((await api.ask('operator', 'POST /v1/breakers/key:abc/close')).status).toBe(204)
  expect((await api.ask('operator', 'POST /v1/breakers/key:abc/close')).status).toBe(404)
})

test('a banned source is listed, and heard again once its ban is lifted', async () => {
  const guess = { headers: { authorization: 'Bearer wrong' }, from: '127.0.0.9' }
  for (let at = 0; at < 10; at++) await api.ask(undefined, 'GET /v1/keys', guess)
  const { json } = await api.ask('operator', 'GET /v1/bans')
  expect(json.items).toMatchObject([{ source: '127.0.0.9' }])
  const lift = { body: { source: '127.0.0.9' } }
  expect((await api.ask('operator', 'POST /v1/bans/lift', lift)).status).toBe(204)
  expect((await api.ask('admin', 'GET /v1/keys', { from: '127.0.0.9' })).status).toBe(200)
  expect((await api.ask('operator', 'POST /v1/bans/lift', lift)).status).toBe(404)
})

test('a tenant is suspended with all its keys, and resumed', async () => {
  const suspended = await api.ask('operator', 'POST /v1/tenants/acme/suspend')
  expect(suspended.json).toEqual({ id: 'acme', status: 'suspended' })
  expect((await api.ask('admin', 'GET /v1/keys')).status).toBe(403)
  await api.ask('operator', 'POST /v1/tenants/acme/resume')
  expect((await api.ask('admin', 'GET /v1/keys')).status).toBe(200)
  expect(api.events.filter(({ type }) => type === 'config.changed')).toHaveLength(2)
})

test('a tenant that is held is not resumed, and nothing is recorded of it', async () => {
  const { findTenant } = api.store.directory
  api.store.directory.findTenant = async (id) => {
    const tenant = await findTenant(id)
    return tenant && { ...tenant, status: 'suspended', isHeld: true }
  }
  const refused = await api.ask('operator', 'POST /v1/tenants/acme/resume')
  expect(refused).toMatchObject({
    status: 409,
    json: { detail: expect.stringContaining('cannot be used') },
  })
  expect(api.events.filter(({ type }) => type === 'config.changed')).toEqual([])
})

test('a reload answers with what counts later, or with why nothing of it counts', async () => {
  const reload = () => api.ask('operator', 'POST /v1/reload')
  expect(await reload()).toMatchObject({ status: 200, json: { atNextStart: ['log.level'] } })
  api.faults.file = true
  expect(await reload()).toMatchObject({
    status: 409,
    json: { detail: 'policies[0].regions: is missing' },
  })
  api.faults.file = false
})

test('a drain begins and answers at once', async () => {
  expect((await api.ask('operator', 'POST /v1/drain')).json).toEqual({ running: 0 })
  expect(api.drained).toEqual(['now'])
})

describe('permissions', () => {
  const number = '+14155552671'

  test('an opt-out is added, found and taken back, each tenant its own', async () => {
    const body = { number, source: 'sms stop' }
    const added = await api.ask('calls:make', 'POST /v1/opt-outs', { body })
    expect(added.json).toMatchObject({ number, tenant: 'acme', scope: 'all' })
    const list = 'GET /v1/opt-outs?number=%2B14155552671'
    expect((await api.ask('calls:make', list)).json.items).toHaveLength(1)
    expect((await api.ask('stranger', list)).json.items).toHaveLength(0)
    const which = { body: { number } }
    expect((await api.ask('stranger', 'POST /v1/opt-outs/withdraw', which)).status).toBe(404)
    expect((await api.ask('calls:make', 'POST /v1/opt-outs/withdraw', which)).status).toBe(204)
    const forOther = { body: { ...body, tenant: 'other' } }
    expect((await api.ask('calls:make', 'POST /v1/opt-outs', forOther)).status).toBe(422)
  })

  test('an opt-out that is there already is answered as it stands, and by its key as at first', async () => {
    const add = (source: string, headers = {}) =>
      api.ask('calls:make', 'POST /v1/opt-outs', { body: { number, source }, headers })
    const key = { 'idempotency-key': 'stop-1' }
    const first = await add('sms stop', key)
    expect([first.status, first.json.source]).toEqual([201, 'sms stop'])
    api.clock.advance(60_000)
    const again = await add('letter')
    expect([again.status, again.json]).toEqual([200, first.json])
    const replay = await add('sms stop', key)
    expect([replay.status, replay.json]).toEqual([201, first.json])
    expect((await add('letter', key)).status).toBe(422)
    const list = 'GET /v1/opt-outs?number=%2B14155552671'
    expect((await api.ask('calls:make', list)).json.items).toEqual([first.json])
    const wider = { body: { number, source: 'letter', scope: 'marketing' } }
    expect((await api.ask('calls:make', 'POST /v1/opt-outs', wider)).status).toBe(201)
    const others = { body: { number, source: 'letter' } }
    expect((await api.ask('stranger', 'POST /v1/opt-outs', others)).status).toBe(201)
  })

  test("the operator's opt-out without a tenant is everybody's", async () => {
    await api.ask('operator', 'POST /v1/opt-outs', { body: { number, source: 'letter' } })
    const list = 'GET /v1/opt-outs?number=%2B14155552671'
    expect((await api.ask('stranger', list)).json.items).toMatchObject([{ tenant: null }])
  })

  test("of one number a tenant's own opt-out stands beside everybody's, and another's does not", async () => {
    const add = (name: 'operator' | 'stranger' | 'calls:make', scope: string) =>
      api.ask(name, 'POST /v1/opt-outs', { body: { number, scope, source: name } })
    await add('operator', 'all')
    await add('stranger', 'all')
    await add('calls:make', 'all')
    await add('calls:make', 'marketing')
    const list = 'GET /v1/opt-outs?number=%2B14155552671'
    const own = [
      { tenant: 'acme', scope: 'all' },
      { tenant: 'acme', scope: 'marketing' },
      { tenant: null, scope: 'all' },
    ]
    expect((await api.ask('calls:make', list)).json).toMatchObject({ items: own, next: null })
    const page = (await api.ask('calls:make', `${list}&limit=2`)).json
    expect(page.items).toMatchObject(own.slice(0, 2))
    const rest = (await api.ask('calls:make', `${list}&limit=2&cursor=${page.next}`)).json
    expect(rest).toMatchObject({ items: own.slice(2), next: null })
    expect((await api.ask('operator', `${list}&tenant=acme`)).json.items).toMatchObject(own)
    expect((await api.ask('operator', list)).json.items).toMatchObject(own.slice(-1))
  })

  const csv = { 'content-type': 'text/csv' }

  test('an import tells every bad line, and keeps all or, where asked, the good ones', async () => {
    const body = 'number,scope\n+14155552671,all\nnonsense,all\n+14155552672,sometimes\n'
    const all = await api.ask('calls:make', 'POST /v1/opt-outs/import', { body, headers: csv })
    expect(all.json).toMatchObject({ ok: false, linesTaken: 1, linesBad: 2, added: 0 })
    expect(all.json.faults).toEqual([
      { line: 3, column: 'number', reason: 'is not E.164 with its country code' },
      { line: 4, column: 'scope', reason: 'is none of all, marketing, transactional' },
    ])
    const list = 'GET /v1/opt-outs?number=%2B14155552671'
    expect((await api.ask('calls:make', list)).json.items).toHaveLength(0)
    const some = 'POST /v1/opt-outs/import?badLines=skip'
    expect((await api.ask('calls:make', some, { body, headers: csv })).json.added).toBe(1)
    expect((await api.ask('calls:make', list)).json.items).toHaveLength(1)
  })

  test('a consent is put on record once, listed and revoked; others have none of it', async () => {
    const body = {
      id: 'c-1',
      number,
      purpose: 'marketing',
      how: 'web form',
      evidence: 'form 17',
      givenAt: '2026-01-01T00:00:00Z',
    }
    expect((await api.ask('calls:make', 'POST /v1/consents', { body })).status).toBe(201)
    expect((await api.ask('calls:make', 'POST /v1/consents', { body })).status).toBe(409)
    const list = 'GET /v1/consents?number=%2B14155552671'
    expect((await api.ask('stranger', list)).json.items).toEqual([])
    const revoke = 'POST /v1/consents/c-1/revoke'
    expect((await api.ask('stranger', revoke, { body: {} })).status).toBe(404)
    expect((await api.ask('calls:make', revoke, { body: {} })).status).toBe(204)
    const { json } = await api.ask('calls:make', list)
    expect(json.items).toMatchObject([{ id: 'c-1', revokedAt: '2026-01-05T12:00:00.000Z' }])
  })

  test('consents are imported by stream', async () => {
    const body =
      'id,number,purpose,how,given_at,evidence\nc-2,+14155552672,marketing,form,2026-01-01,x\n'
    const { json } = await api.ask('calls:make', 'POST /v1/consents/import', { body, headers: csv })
    expect(json).toMatchObject({ ok: true, linesTaken: 1, linesBad: 0, added: 1 })
  })
})

test('an import that is repeated by its Idempotency-Key adds nothing, and another of that name is refused', async () => {
  const csv = (lines: readonly string[]) => {
    const headers = { 'content-type': 'text/csv', 'idempotency-key': 'import-1' }
    const body = ['number', ...lines, ''].join('\n')
    return api.ask('calls:make', 'POST /v1/opt-outs/import', { body, headers })
  }
  const first = await csv(['+14155552671', '+14155552672'])
  expect(first).toMatchObject({ status: 200, json: { ok: true, added: 2 } })
  const again = await csv(['+14155552671', '+14155552672'])
  expect(again).toMatchObject({ status: 200, json: first.json })
  expect(again.headers['idempotency-replayed']).toBe('true')
  const other = await csv(['+14155552671', '+14155552673'])
  expect(other).toMatchObject({
    status: 422,
    json: { type: expect.stringContaining('idempotency') },
  })
})

test('a long report of an import is shown again in brief, and a long entry not at all', async () => {
  const lines = Array.from({ length: 300 }, (_, at) => `no number ${at}`)
  const headers = { 'content-type': 'text/csv', 'idempotency-key': 'import-2' }
  const body = ['number', ...lines, ''].join('\n')
  const ask = () => api.ask('calls:make', 'POST /v1/opt-outs/import', { body, headers })
  const [first, again] = [await ask(), await ask()]
  expect(first.json).toMatchObject({ ok: false, linesBad: 300 })
  expect(again.json).toEqual({ ...first.json, faults: first.json.faults.slice(0, 10) })
  const regions = Array(900).fill('US')
  const put = () =>
    api.ask('operator', 'PUT /v1/policies/long', {
      body: { id: 'long', regions, homeRegion: 'US' },
      headers: { 'if-none-match': '*', 'idempotency-key': 'put-1' },
    })
  expect((await put()).status).toBe(201)
  expect((await put()).status).toBe(409)
})

test('opt-outs and consents are listed without a number, by pages, each tenant its own', async () => {
  const numbers = ['+14155552671', '+14155552672', '+14155552673']
  const body = ['number', ...numbers, ''].join('\n')
  const headers = { 'content-type': 'text/csv' }
  for (const name of ['calls:make', 'stranger'] as const) {
    const { json } = await api.ask(name, 'POST /v1/opt-outs/import', { body, headers })
    expect(json.added).toBe(3)
    const again = await api.ask(name, 'POST /v1/opt-outs/import', { body, headers })
    expect(again.json.added).toBe(0)
  }
  const first = await api.ask('calls:make', 'GET /v1/opt-outs?limit=2')
  const second = await api.ask('calls:make', `GET /v1/opt-outs?limit=2&cursor=${first.json.next}`)
  const items = [...first.json.items, ...second.json.items]
  expect(items.map(({ number, tenant }) => [number, tenant])).toEqual(
    numbers.map((number) => [number, 'acme']),
  )
  expect(second.json.next).toBeNull()
  expect((await api.ask('operator', 'GET /v1/opt-outs')).json.items).toEqual([])
  expect((await api.ask('operator', 'GET /v1/opt-outs?tenant=other')).json.items).toHaveLength(3)
  expect((await api.ask('calls:make', 'GET /v1/opt-outs?tenant=other')).status).toBe(422)
  expect((await api.ask('calls:make', 'GET /v1/consents')).json).toEqual({ items: [], next: null })
})

test('the compliance tables are read row by row with their sources, of a region and by pages', async () => {
  const { json } = await api.ask('operator', 'GET /v1/compliance-tables?region=US&table=hours')
  expect(json.items.length).toBeGreaterThan(5)
  for (const row of json.items) expect(row).toMatchObject({ table: 'hours', region: 'US' })
  expect(json.items[0]).toMatchObject({ source: expect.any(String), rule: null })
  expect(json.items[0].week).toHaveLength(7)
  const seen: unknown[] = []
  let cursor = ''
  do {
    const page = await api.ask('operator', `GET /v1/compliance-tables?limit=40${cursor}`)
    seen.push(...page.json.items)
    cursor = page.json.next === null ? '' : `&cursor=${page.json.next}`
  } while (cursor !== '')
  expect(seen).toHaveLength(new Set(seen.map((row) => JSON.stringify(row))).size)
  expect(new Set(seen.map((row) => (row as { table: string }).table)).size).toBeGreaterThan(2)
  expect((await api.ask('admin', 'GET /v1/compliance-tables')).status).toBe(403)
})
