import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { temporaryDirectory } from '../audit/support.ts'
import { startApi } from '../support/api.ts'

type Api = Awaited<ReturnType<typeof startApi>>
let api: Api

beforeEach(async () => {
  api = await startApi()
})

afterEach(() => api[Symbol.asyncDispose]())

const absent = { 'if-none-match': '*' }
const policy = { id: 'fr', regions: ['FR'], homeRegion: 'FR' }

function put(path: string, body: object, headers: Readonly<Record<string, string>> = absent) {
  return api.ask('operator', `PUT ${path}`, { body, headers })
}

test('what is declared is made once, read, listed by pages, and changed by who has read it', async () => {
  const made = await put('/v1/policies/fr', policy)
  expect(made).toMatchObject({ status: 201, json: policy })
  expect(made.headers).toMatchObject({ location: '/v1/policies/fr', etag: '"r1"' })
  expect(await put('/v1/policies/fr', policy)).toMatchObject({ status: 412 })
  expect(await put('/v1/policies/de', { ...policy, id: 'de' }, { 'if-match': '*' })).toMatchObject({
    status: 412,
  })
  expect(await put('/v1/policies/fr', policy, {})).toMatchObject({ status: 428 })
  expect(await put('/v1/policies/fr', policy, { 'if-none-match': '"r1"' })).toMatchObject({
    status: 400,
    json: { errors: [{ in: 'header', pointer: 'If-None-Match' }] },
  })
  const other = { ...policy, regions: ['FR', 'BE'] }
  const changed = await put('/v1/policies/fr', other, { 'if-match': '"r1"' })
  expect([changed.status, changed.headers.etag]).toEqual([200, '"r2"'])
  expect(await put('/v1/policies/fr', policy, { 'if-match': '"r1"' })).toMatchObject({
    status: 412,
  })
  const read = await api.ask('operator', 'GET /v1/policies/fr')
  expect([read.json, read.headers.etag]).toEqual([other, '"r2"'])
  const page = await api.ask('operator', 'GET /v1/policies?limit=1')
  const rest = await api.ask('operator', `GET /v1/policies?cursor=${page.json.next}&limit=200`)
  const ids = [...page.json.items, ...rest.json.items].map(({ id }: { id: string }) => id)
  expect(ids).toEqual([...ids].sort())
  expect(rest.json.items).toContainEqual(
    expect.objectContaining({ id: 'fr', etag: '"r2"', changedAt: expect.any(String) }),
  )
  expect(api.used().at(-1)).toMatchObject({ operation: 'GET /v1/policies', result: 200 })
})

test('a request that is repeated by its Idempotency-Key makes nothing twice', async () => {
  const headers = { ...absent, 'idempotency-key': 'one' }
  const first = await put('/v1/policies/fr', policy, headers)
  const again = await put('/v1/policies/fr', policy, headers)
  expect(again).toMatchObject({ status: 201, json: first.json })
  expect(again.headers['idempotency-replayed']).toBe('true')
  expect((await api.ask('operator', 'GET /v1/revisions')).json.items).toHaveLength(1)
})

test('what would not hold together is refused by the field that is wrong, and nothing is changed', async () => {
  const wrong = async (path: string, body: object) => {
    const { status, json } = await put(path, body)
    return [status, json.errors?.map(({ pointer }: { pointer: string }) => pointer)]
  }
  const number = { number: '+12125550199', tenant: 'none' }
  expect(await wrong('/v1/numbers/%2B12125550199', number)).toEqual([422, ['/tenant']])
  const carrier = { id: 'c1', gateways: [{ id: 'g1', host: 'not a host' }] }
  expect(await wrong('/v1/carriers/c1', carrier)).toEqual([422, ['/gateways/0/host']])
  expect(await wrong('/v1/policies/fr', { ...policy, id: 'be' })).toEqual([422, ['/id']])
  const deep = JSON.parse(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`)
  expect(await wrong('/v1/policies/fr', { ...policy, deep })).toEqual([400, ['']])
  const long = await put('/v1/policies/fr', { ...policy, regions: Array(8_000).fill('FR') })
  expect(long.status).toBe(413)
  expect((await api.ask('operator', 'GET /v1/revisions')).json.items).toEqual([])
})

test('what others need is not taken out; what is gone is rolled back as long as nobody has changed it', async () => {
  const remove = (path: string, headers = { 'if-match': '*' }) =>
    api.ask('operator', `DELETE ${path}`, { headers })
  const needed = await remove('/v1/policies/everything')
  expect(needed).toMatchObject({ status: 409, json: { detail: expect.stringContaining('policy') } })
  await put('/v1/policies/fr', policy)
  expect((await remove('/v1/policies/fr', { 'if-match': '"r9"' })).status).toBe(412)
  expect((await remove('/v1/policies/fr')).status).toBe(204)
  expect((await remove('/v1/policies/fr')).status).toBe(404)
  const rollBack = (revision: number) =>
    api.ask('operator', `POST /v1/revisions/${revision}/roll-back`)
  expect(await rollBack(2)).toMatchObject({
    status: 200,
    json: { changes: [{ list: 'policies', id: 'fr', change: 'added' }] },
  })
  expect((await api.ask('operator', 'GET /v1/policies/fr')).json).toEqual(policy)
  expect((await rollBack(2)).status).toBe(409)
  expect((await rollBack(99)).status).toBe(404)
  const { json } = await api.ask('operator', 'GET /v1/revisions')
  expect(json.items.map(({ revision }: { revision: number }) => revision)).toEqual([3, 2, 1])
  expect(json.items[0].by).toBe(`operator key ${api.idOf('operator')}`)
})

test('a list whose file cannot be used is not declared, for no later change would count', async () => {
  using folder = temporaryDirectory()
  const file = join(folder.path, 'rates.csv')
  const deck = { id: 'deck', file }
  const missing = await put('/v1/rate-decks/deck', deck)
  expect(missing).toMatchObject({ status: 422, json: { errors: [{ pointer: '/file' }] } })
  await writeFile(file, 'prefix,price_per_minute,currency\nnone,1,USD\n1,cheap,USD\n')
  const bad = await put('/v1/rate-decks/deck', deck)
  const reasons = [/: line 2, prefix: /, /: line 3, price_per_minute: /]
  expect([bad.status, bad.json.errors]).toMatchObject([
    422,
    reasons.map((reason) => ({ pointer: '/file', reason: expect.stringMatching(reason) })),
  ])
  const body = { rateDecks: [deck] }
  const previewed = (await api.ask('operator', 'POST /v1/declared/preview', { body })).json
  expect(previewed).toMatchObject({
    outcome: 'refused',
    problems: reasons.map((reason) => ({
      list: 'rateDecks',
      id: 'deck',
      path: 'rateDecks[deck].file',
      reason: expect.stringMatching(reason),
    })),
  })
  expect((await put('/v1/rate-decks/deck', { ...deck, badLines: 'skip' })).status).toBe(201)
  await writeFile(file, 'prefix,price_per_minute,currency\n1,0.01,USD\n')
  expect((await put('/v1/rate-decks/deck', deck, { 'if-match': '*' })).status).toBe(200)
})

test('a change is read whole: how each entry was and is', async () => {
  await put('/v1/policies/fr', policy)
  const other = { ...policy, regions: ['FR', 'BE'] }
  await put('/v1/policies/fr', other, { 'if-match': '"r1"' })
  const { json } = await api.ask('operator', 'GET /v1/revisions/2')
  expect(json).toMatchObject({ revision: 2, by: expect.stringContaining('operator key') })
  expect(json.changes).toEqual([{ list: 'policies', id: 'fr', before: policy, after: other }])
  expect((await api.ask('operator', 'GET /v1/revisions/3')).status).toBe(404)
})

test('a preview tells what applying a file would change, or why it would be refused, and changes nothing', async () => {
  const preview = async (body: object, query = '') => {
    const { status, json } = await api.ask('operator', `POST /v1/declared/preview${query}`, {
      body,
    })
    expect(status).toBe(200)
    return json
  }
  const revision = { revision: 0, problems: [] }
  const policies = [policy]
  expect(await preview({ policies })).toEqual({
    ...revision,
    outcome: 'changed',
    changes: [{ list: 'policies', id: 'fr', before: null, after: policy }],
  })
  expect(await preview({ tenants: [{ id: 'other' }] })).toEqual({
    ...revision,
    outcome: 'unchanged',
    changes: [],
  })
  const pruned = await preview({ tenants: [{ id: 'idle', name: 'Idle' }] }, '?prune=true')
  expect(pruned.outcome).toBe('refused')
  expect(pruned.problems).toContainEqual(expect.objectContaining({ list: 'keys' }))
  const wrong = await preview({ policies: [{ id: 'x' }], numbers: [{ number: '+1', tenant: 'x' }] })
  expect(wrong).toMatchObject({ outcome: 'refused', changes: [] })
  expect(wrong.problems.map(({ list }: { list: string }) => list)).toContain('numbers')
  expect(JSON.stringify(await preview({ keys: [] }, '?prune=true'))).not.toContain('secret')
  expect((await api.ask('operator', 'GET /v1/revisions')).json.items).toEqual([])
  expect((await api.ask('operator', 'GET /v1/policies/fr')).status).toBe(404)
  const unknown = { body: { gateways: [] } }
  expect((await api.ask('operator', 'POST /v1/declared/preview', unknown)).status).toBe(400)
})
