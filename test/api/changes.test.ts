import { afterAll, beforeAll, expect, test } from 'vitest'
import { stateTopic } from '../../src/admission/breaker/notes.ts'
import type { ConfigChanged, StateChanged } from '../../src/audit/event.ts'
import { startApi } from '../support/api.ts'

type Api = Awaited<ReturnType<typeof startApi>>
type Change = ConfigChanged | StateChanged

const number = '+14155552671'
const terms = { tenant: 'acme', policy: 'logs-read', allowedSources: ['127.0.0.1/32'] }
const csv = { 'content-type': 'text/csv' }
const consent = {
  id: 'c1',
  number,
  tenant: 'acme',
  purpose: 'marketing',
  how: 'web form',
  givenAt: '2026-01-01T00:00:00Z',
  evidence: 'form 17',
}
const consents = `id,number,purpose,how,given_at,evidence\nc2,${number},marketing,form,2026-01-01,x\n`

let api: Api
const secrets: string[] = []

beforeAll(async () => {
  api = await startApi()
  const note = { state: 'open', sinceMs: 0, untilMs: 1, openMs: 1, signals: { attempts: 99 } }
  await api.store.board.post(stateTopic, 'tenant:acme', () => JSON.stringify(note))
  const guess = { headers: { authorization: 'Bearer wrong' }, from: '127.0.0.9' }
  for (let at = 0; at < 10; at++) await api.ask(undefined, 'GET /v1/keys', guess)
})
afterAll(() => api[Symbol.asyncDispose]())

const json = (of: object) => expect.stringContaining(JSON.stringify(of).slice(1, -1))
const statuses = (before: string, after: string) => ({
  before: json({ status: before }),
  after: json({ status: after }),
})

interface Asked {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** As in `?tenant=acme`. */
  readonly query?: string
}

// biome-ignore format: one operation a line, and what its one event has
const rows: readonly [string, Asked, Partial<Change>][] = [
  ['POST /v1/keys', { body: terms }, { subject: 'key', after: json({ status: 'active' }) }],
  ['PATCH /v1/keys/{keyId}', { body: { allowedSources: ['127.0.0.0/8'] } }, { subject: 'key', before: json({ status: 'active' }), networks: '127.0.0.0/8' }],
  ['POST /v1/keys/{keyId}/rotate', { body: {} }, { subject: 'key', before: json({ hasPrevious: false }), after: json({ hasPrevious: true }) }],
  ['POST /v1/keys/{keyId}/suspend', {}, { subject: 'key', ...statuses('active', 'suspended') }],
  ['POST /v1/keys/{keyId}/resume', {}, { subject: 'key', ...statuses('suspended', 'active') }],
  ['POST /v1/keys/{keyId}/revoke', {}, { subject: 'key', ...statuses('active', 'revoked') }],
  ['POST /v1/tenants/{tenantId}/suspend', {}, { subject: 'tenant', ...statuses('active', 'suspended') }],
  ['POST /v1/tenants/{tenantId}/resume', {}, { subject: 'tenant', ...statuses('suspended', 'active') }],
  ['POST /v1/breakers/{name}/close', {}, { subject: 'breaker', before: json({ state: 'open' }), after: json({ state: 'closed' }) }],
  ['POST /v1/bans/lift', { body: { source: '127.0.0.9' } }, { subject: 'ban', before: expect.any(String), address: '127.0.0.9' }],
  ['POST /v1/opt-outs', { body: { number, source: 'sms' } }, { subject: 'opt_out', number, after: json({ scope: 'all' }) }],
  ['POST /v1/opt-outs/withdraw', { body: { number } }, { subject: 'opt_out', number, before: json({ scope: 'all' }) }],
  ['POST /v1/opt-outs/import', { body: `number\n${number}\n`, headers: csv }, { subject: 'opt_out', number }],
  ['POST /v1/consents', { body: consent }, { subject: 'consent', number, id: 'c1', after: json({ isRevoked: false }) }],
  ['POST /v1/consents/{consentId}/revoke', { body: { tenant: 'acme' } }, { subject: 'consent', id: 'c1', before: json({ isRevoked: false }), after: json({ isRevoked: true }) }],
  ['POST /v1/consents/import', { body: consents, headers: csv, query: '?tenant=acme' }, { subject: 'consent', number, id: 'c2' }],
]

/** What changes nothing that calls are judged by, or is recorded by each gate that goes by it. */
const others = [
  ...['POST /v1/call-tokens', 'POST /v1/explain', 'POST /v1/live-calls/{callId}/end'],
  ...['POST /v1/drain', 'POST /v1/reload', 'POST /v1/revisions/{revision}/roll-back'],
  'POST /v1/declared/preview',
]
const isDeclared = /^(PUT|DELETE) /

test('every operation that changes something is among these', () => {
  const all = api.routes.map(({ method, path }) => `${method} ${path}`)
  const changing = all.filter((each) => !each.startsWith('GET ') && !isDeclared.test(each))
  expect(changing.sort()).toEqual([...rows.map(([operation]) => operation), ...others].sort())
})

test.each(rows)('%s leaves one event of what was and is, without a secret', async (...row) => {
  const [operation, { query = '', ...asked }, wanted] = row
  const names = { keyId: api.idOf('subject'), tenantId: 'idle', name: 'tenant:acme' }
  const url = Object.entries({ ...names, consentId: 'c1' }).reduce(
    (path, [name, value]) => path.replace(`{${name}}`, value),
    operation,
  )
  const known = api.events.length
  const state = operation.startsWith('PATCH')
    ? await api.ask('operator', `GET ${url.slice(6)}`)
    : undefined
  const headers = { ...asked.headers, ...(state && { 'if-match': String(state.headers.etag) }) }
  const { status, json: answer } = await api.ask('operator', url + query, { ...asked, headers })
  expect(status).toBeLessThan(300)
  if (typeof answer?.key === 'string') secrets.push(answer.key.split('_').at(-1) ?? '')
  const made = api.events
    .slice(known)
    .filter((event): event is Change => ['config.changed', 'state.changed'].includes(event.type))
  expect(made).toMatchObject([wanted])
  const text = JSON.stringify(made)
  for (const secret of secrets) expect(text).not.toContain(secret)
  expect(`${made[0]?.before} ${made[0]?.after}`).not.toContain(number)
})
