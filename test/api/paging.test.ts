import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { stateTopic } from '../../src/admission/breaker/notes.ts'
import { cursorAt, pageOfNamed, placeIn } from '../../src/api/paging.ts'
import { startApi } from '../support/api.ts'

type Api = Awaited<ReturnType<typeof startApi>>
let api: Api

beforeAll(async () => {
  api = await startApi()
  for (const id of ['a', 'b', 'c']) {
    api.running.set(`call-${id}`, { tenantId: 'acme', isEmergency: false })
    const note = { state: 'open', sinceMs: 0, untilMs: 1, openMs: 1, signals: {} }
    await api.store.board.post(stateTopic, `key:${id}`, () => JSON.stringify(note))
  }
  const lines = ['1', '2', '3'].map((digit) => `c${digit},+1415555267${digit},marketing,form,`)
  const consents = lines.map((line) => `${line}2026-01-01,x\n`).join('')
  const csv = { 'content-type': 'text/csv' }
  for (const [list, body] of [
    ['consents', `id,number,purpose,how,given_at,evidence\n${consents}`],
    ['opt-outs', 'number\n+14155552671\n+14155552672\n+14155552673\n'],
  ]) {
    await api.ask('admin', `POST /v1/${list}/import`, { body, headers: csv })
  }
})

afterAll(() => api[Symbol.asyncDispose]())

const lists = [
  '/v1/keys',
  '/v1/tenants',
  '/v1/policies',
  '/v1/live-calls',
  '/v1/breakers',
  '/v1/compliance-tables',
  '/v1/opt-outs?tenant=acme',
  '/v1/consents?tenant=acme',
  '/v1/calls',
] as const

/** Text that looks like a cursor. */
const garbled = ['AAAA', 'zzzz', 'Y2FsbC1h', '_', '-'.repeat(200)]

describe.each(lists)('%s', (list) => {
  const page = (query: string) =>
    api.ask('operator', `GET ${list}${list.includes('?') ? '&' : '?'}${query}`)

  // Nobody is over a rate.
  beforeEach(() => api.clock.advance(2_000))

  test('is gone through by its cursors to the end', async () => {
    const whole = await page('limit=200')
    expect(whole.json.items.length).toBeGreaterThan(2)
    const seen: unknown[] = []
    for (let next: string | null = ''; next !== null; ) {
      const cursor: string = next && `&cursor=${next}`
      const { json } = await page(`limit=2${cursor}`)
      seen.push(...json.items)
      next = seen.length > 20 ? null : json.next
    }
    expect(seen).toEqual(whole.json.items.slice(0, seen.length))
    expect(seen.length).toBeGreaterThan(2)
  })

  test('names the cursor where it is garbled, cut, or of another list', async () => {
    const { next } = (await page('limit=1')).json
    const another = (await api.ask('operator', 'GET /v1/carriers?limit=1')).json.next
    const flipped = `${next[0] === 'A' ? 'B' : 'A'}${next.slice(1)}`
    const cut = list === '/v1/calls' ? [] : [flipped, next.slice(0, -2)]
    for (const cursor of [...garbled, another, ...cut]) {
      const heard = await page(`cursor=${cursor}`)
      expect([cursor, heard.status, heard.json.errors]).toEqual([
        ...[cursor, 400],
        [{ in: 'query', pointer: 'cursor', reason: expect.any(String) }],
      ])
    }
  })
})

test('a cursor goes on behind an entry that is gone since', () => {
  const first = pageOfNamed(['a', 'b', 'c'], (name) => name, { list: 'names', limit: 2 })
  const cursor = 'problem' in first ? undefined : (first.next ?? undefined)
  const rest = pageOfNamed(['a', 'c'], (name) => name, { list: 'names', limit: 2, cursor })
  expect(rest).toEqual({ items: ['c'], next: null })
})

test('a cursor holds any place, and no text beside those that were made is one', () => {
  for (const place of ['', '~ all', 'häuser', '+14155552671 all']) {
    const cursor = cursorAt('names', place)
    expect(placeIn('names', cursor)).toBe(place)
    for (const other of [`${cursor}A`, `${cursor}=`, cursor.slice(1), cursor.toUpperCase()]) {
      expect(placeIn('names', other)).toBeUndefined()
    }
    expect(placeIn('others', cursor)).toBeUndefined()
  }
})
