import { afterEach, beforeEach, expect, test } from 'vitest'
import type { AuditEvent } from '../../src/audit/event.ts'
import { startApi } from '../support/api.ts'

type Api = Awaited<ReturnType<typeof startApi>>
let api: Api

beforeEach(async () => {
  api = await startApi()
})

afterEach(() => api[Symbol.asyncDispose]())

async function happens(callId: string, tenantId: string): Promise<void> {
  const decided = { type: 'call.decided', callId, tenantId, admitted: true, called: '+14155552671' }
  const ended = { type: 'call.ended', callId, endedBy: 'caller', cause: 'bye', status: 200 }
  for (const event of [decided, ended]) await api.audit.append(event as unknown as AuditEvent)
}

/** Opens the stream, lets things happen, and ends its time. */
async function heard(headers: Record<string, string>, meanwhile: () => Promise<unknown>) {
  const following = api.ask('logs:read', 'GET /v1/calls/stream', { headers })
  await until(() => api.used().length > 0)
  await meanwhile()
  api.clock.advance(600_000)
  const { text, headers: given } = await following
  expect(given['content-type']).toBe('text/event-stream')
  return text
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate)
  for (let at = 0; at < 20; at++) await new Promise(setImmediate)
}

test("a key hears its own tenant's calls as they happen, and nobody else's", async () => {
  const text = await heard({}, async () => {
    await happens('one', 'acme')
    await happens('two', 'other')
  })
  expect(text.match(/event: call\.\w+/g)).toEqual(['event: call.decided', 'event: call.ended'])
  expect(text).toContain('"called":"+14155552671"')
  expect(text).not.toContain('two')
  expect(text).toContain(':\n\n')
})

test('who comes again with its last event misses nothing', async () => {
  await happens('before', 'acme')
  await happens('missed', 'acme')
  const all = await heard({}, () => happens('now', 'acme'))
  const [epoch = '', number = 0] = /id: (\w+)-(\d+)/.exec(all)?.slice(1) ?? []
  const last = `${epoch}-${Number(number) - 3}`
  const text = await heard({ 'last-event-id': last }, async () => undefined)
  expect(text).toContain('missed')
  expect(text).not.toContain('before')
})

test('a stream ends at once when its key is revoked', async () => {
  const following = api.ask('logs:read', 'GET /v1/calls/stream')
  await until(() => api.used().length > 0)
  await api.ask('operator', `POST /v1/keys/${api.idOf('logs:read')}/revoke`)
  await happens('after', 'acme')
  expect((await following).text).not.toContain('after')
})

test('a tenant follows its calls by so many streams at once', async () => {
  const streams = Array.from({ length: 10 }, () => api.ask('logs:read', 'GET /v1/calls/stream'))
  await until(() => api.used().length === 10)
  expect((await api.ask('admin', 'GET /v1/calls/stream')).status).toBe(429)
  api.clock.advance(600_000)
  await Promise.all(streams)
})
