import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Caller } from '../../src/api/caller.ts'
import { KeyDesk } from '../../src/api/key-desk.ts'
import type { Key, KeyId } from '../../src/domain/key.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { parseKey } from '../../src/keys/format.ts'
import { openRedisStore } from '../../src/store/redis/store.ts'
import { type StartOptions, startApi } from '../support/api.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'

type Api = Awaited<ReturnType<typeof startApi>>
let api: Api

beforeEach(async () => {
  api = await startApi()
})

afterEach(() => api[Symbol.asyncDispose]())

const terms = { tenant: 'acme', policy: 'logs-read', allowedSources: ['127.0.0.1/32'] }

describe('a fresh key', () => {
  test('is shown once, works at once, and is on record without its secret', async () => {
    const made = await api.ask('operator', 'POST /v1/keys', { body: terms })
    expect(made).toMatchObject({ status: 201, headers: { location: `/v1/keys/${made.json.id}` } })
    expect(parseKey(made.json.key)?.publicId).toBe(made.json.id)
    const read = await api.ask('operator', `GET /v1/keys/${made.json.id}`)
    expect(read.json).toMatchObject({ id: made.json.id, status: 'active', policy: 'logs-read' })
    expect(read.json).not.toHaveProperty('key')
    const headers = { authorization: `Bearer ${made.json.key}` }
    expect((await api.ask(undefined, 'GET /v1/keys', { headers })).status).toBe(403)
    expect(JSON.stringify(api.events)).not.toContain(made.json.key.slice(26, 69))
    expect(api.events).toContainEqual(
      expect.objectContaining({ type: 'config.changed', subject: 'key', id: made.json.id }),
    )
  })

  test('is made once for one Idempotency-Key, and a replay does not show it again', async () => {
    const headers = { 'idempotency-key': 'order-17' }
    const first = await api.ask('operator', 'POST /v1/keys', { body: terms, headers })
    const again = await api.ask('operator', 'POST /v1/keys', { body: terms, headers })
    expect(again).toMatchObject({ status: 201, headers: { 'idempotency-replayed': 'true' } })
    expect(again.json).toEqual({ ...first.json, key: null })
    const other = { ...terms, policy: 'calls-make' }
    const clash = await api.ask('operator', 'POST /v1/keys', { body: other, headers })
    expect(clash).toMatchObject({ status: 422 })
    // Another key's names are its own.
    const admin = { body: { ...terms, policy: 'everything' }, headers }
    expect((await api.ask('admin', 'POST /v1/keys', admin)).status).toBe(201)
    const notes = JSON.stringify([...api.store.board.notes('idempotency')])
    expect(notes).not.toContain(first.json.key.slice(26, 69))
  })

  test.each([
    ['of a tenant that is not there', { ...terms, tenant: 'nobody' }, 422],
    ['of a policy that is not there', { ...terms, policy: 'nothing' }, 422],
    ['from nowhere', { ...terms, allowedSources: [] }, 400],
    ['from what is no network', { ...terms, allowedSources: ['10.0.0.0/33'] }, 400],
  ])('is not made %s', async (_what, body, status) => {
    expect((await api.ask('operator', 'POST /v1/keys', { body })).status).toBe(status)
  })
})

describe("a tenant's key that manages keys", () => {
  test('sees those of its own tenant alone', async () => {
    const { json } = await api.ask('keys:manage', 'GET /v1/keys?limit=200')
    expect(new Set(json.items.map((key: { tenant: string }) => key.tenant))).toEqual(
      new Set(['acme']),
    )
    const foreign = await api.ask('keys:manage', `GET /v1/keys/${api.idOf('stranger')}`)
    const missing = await api.ask('keys:manage', `GET /v1/keys/${'0'.repeat(16)}`)
    expect(foreign.status).toBe(404)
    expect(foreign.text).toBe(missing.text)
  })

  test('makes none for others, and none that may more than itself', async () => {
    const make = (body: object) => api.ask('keys:manage', 'POST /v1/keys', { body })
    expect((await make({ ...terms, tenant: 'other', policy: 'keys-manage' })).status).toBe(422)
    expect((await make({ ...terms, policy: 'calls-make' })).status).toBe(403)
    expect((await make({ ...terms, policy: 'keys-manage' })).status).toBe(201)
    const live = { ...terms, policy: 'everything', mode: 'live' }
    expect((await api.ask('tester', 'POST /v1/keys', { body: live })).status).toBe(403)
  })

  test('may take out of use a key that may more, but neither read its secret nor bring it back', async () => {
    const of = `/v1/keys/${api.idOf('calls:make')}`
    expect((await api.ask('keys:manage', `POST ${of}/rotate`, { body: {} })).status).toBe(403)
    expect((await api.ask('keys:manage', `POST ${of}/suspend`)).json.status).toBe('suspended')
    expect((await api.ask('keys:manage', `POST ${of}/resume`)).status).toBe(403)
    expect((await api.ask('admin', `POST ${of}/resume`)).json.status).toBe('active')
  })
})

test('rotation shows a fresh secret, and the old one works until its overlap is over', async () => {
  const rotate = `POST /v1/keys/${api.idOf('admin')}/rotate`
  const { json } = await api.ask('operator', rotate, { body: { overlapS: 60 } })
  const headers = { authorization: `Bearer ${json.key}` }
  expect((await api.ask(undefined, 'GET /v1/keys', { headers })).status).toBe(200)
  expect((await api.ask('admin', 'GET /v1/keys')).status).toBe(200)
  api.clock.advance(60_000)
  expect((await api.ask('admin', 'GET /v1/keys')).status).toBe(401)
  expect((await api.ask(undefined, 'GET /v1/keys', { headers })).status).toBe(200)
})

test('a key that was revoked stays so', async () => {
  const of = `/v1/keys/${api.idOf('revoked')}`
  expect((await api.ask('operator', `POST ${of}/resume`)).status).toBe(409)
  expect((await api.ask('operator', `POST ${of}/rotate`, { body: {} })).status).toBe(409)
})

test('a key is changed as it was read, or not at all', async () => {
  const of = `/v1/keys/${api.idOf('admin')}`
  const body = { allowedSources: ['127.0.0.0/8', '10.0.0.0/8'] }
  expect((await api.ask('operator', `PATCH ${of}`, { body })).status).toBe(428)
  const { headers } = await api.ask('operator', `GET ${of}`)
  const ifMatch = { 'if-match': String(headers.etag) }
  const changed = await api.ask('operator', `PATCH ${of}`, { body, headers: ifMatch })
  expect(changed.json.allowedSources).toEqual(body.allowedSources)
  expect(changed.headers.etag).not.toBe(headers.etag)
  const late = await api.ask('operator', `PATCH ${of}`, { body, headers: ifMatch })
  expect(late.status).toBe(412)
  const now = { 'if-match': String(changed.headers.etag) }
  const ends = { expiresAt: '2030-01-01T00:00:00Z' }
  const ending = await api.ask('operator', `PATCH ${of}`, { body: ends, headers: now })
  expect(ending.json.expiresAt).toBe('2030-01-01T00:00:00.000Z')
})

test.each(['*, "x"', '"x", *', '*,*', 'x', '"x', '"x" "y"'])(
  'an If-Match that is neither * alone nor entity tags is refused by its name: %s',
  async (ifMatch) => {
    const of = `PATCH /v1/keys/${api.idOf('admin')}`
    const refused = await api.ask('operator', of, { body: {}, headers: { 'if-match': ifMatch } })
    expect(refused).toMatchObject({
      status: 400,
      json: { errors: [{ in: 'header', pointer: 'If-Match' }] },
    })
  },
)

test('of several entity tags one must be the current one, whatever stands within them', async () => {
  const of = `/v1/keys/${api.idOf('admin')}`
  const etag = String((await api.ask('operator', `GET ${of}`)).headers.etag)
  const body = { allowedSources: ['127.0.0.0/8'] }
  const asked = async (ifMatch: string) =>
    (await api.ask('operator', `PATCH ${of}`, { body, headers: { 'if-match': ifMatch } })).status
  expect(await asked('"a,*,b"')).toBe(412)
  expect(await asked(`"a,${etag.slice(1, -1)},b"`)).toBe(412)
  expect(await asked(`W/${etag}`)).toBe(412)
  expect(await asked(`"x" , ,${etag}`)).toBe(200)
  expect(await asked('*')).toBe(200)
})

test('a list goes on where its page ended, also when keys have gone meanwhile', async () => {
  const seen: string[] = []
  let cursor = ''
  do {
    const { json } = await api.ask('operator', `GET /v1/keys?limit=3${cursor}`)
    seen.push(...json.items.map((key: { id: string }) => key.id))
    cursor = json.next === null ? '' : `&cursor=${json.next}`
  } while (cursor !== '')
  expect(seen).toEqual([...new Set(seen)].sort())
  expect(seen).toHaveLength((await api.store.keys.allKeys()).length)
  expect((await api.ask('operator', 'GET /v1/keys?cursor=!')).status).toBe(400)
  expect((await api.ask('operator', 'GET /v1/keys?limit=201')).status).toBe(400)
})

test.each(['embedded', 'redis'])(
  'of changes at once of a key as it was read, one is made: %s',
  async (adapter) => {
    await using redis = adapter === 'redis' ? await startRedis() : undefined
    await using shared = await startApi(redis && { openStore: storeOn(redis) })
    const of = `/v1/keys/${shared.idOf('tester')}`
    const { headers } = await shared.ask('operator', `GET ${of}`)
    const ifMatch = { 'if-match': String(headers.etag) }
    const answers = await Promise.all(
      ['10.1.0.0/16', '10.2.0.0/16', '10.3.0.0/16'].map((network) => {
        const body = { allowedSources: [network] }
        return shared.ask('operator', `PATCH ${of}`, { body, headers: ifMatch })
      }),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412])
    const made = answers.find(({ status }) => status === 200)
    expect((await shared.ask('operator', `GET ${of}`)).json).toEqual(made?.json)
  },
)

function storeOn({ url }: TestRedis): StartOptions['openStore'] {
  return ({ directory }, clock, random) => {
    const around = { clock, random, directory, logger: silentLogger }
    const where = { url, ca: undefined, clusterNodes: [], timeoutMs: 5_000, gates: 1 }
    return openRedisStore({ ...around, ...where })
  }
}

test('of two rotations of a key as it was found, one is made', async () => {
  const { clock, store, audit } = api
  const desk = new KeyDesk({ clock, store, audit, random: systemRandom(), digest: undefined })
  const caller = { kind: 'operator' } as Caller
  const id = api.idOf('subject') as KeyId
  const [one, other] = [await desk.find(caller, id), await desk.find(caller, id)] as [Key, Key]
  const made = await Promise.all([desk.rotate(one, 0), desk.rotate(other, 0)])
  const [rotated, ...further] = made.filter((each) => each !== undefined)
  expect([rotated?.key.id, further]).toEqual([id, []])
  const headers = { authorization: `Bearer ${rotated?.minted.text.reveal()}` }
  expect((await api.ask(undefined, 'GET /v1/calls', { headers })).status).toBe(200)
  expect(await desk.changeAsFound(one, { status: 'suspended' })).toBeUndefined()
})
