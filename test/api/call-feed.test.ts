import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { CallFeed } from '../../src/api/call-feed.ts'
import { waitingMax } from '../../src/api/feed-stream.ts'
import type { AuditEvent } from '../../src/audit/event.ts'
import type { KeyId } from '../../src/domain/key.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { type ApiKeyName, startApi } from '../support/api.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { logOf } from '../support/log-of.ts'

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

/** Opens the stream; what it says is given when it has ended. */
async function follow(name: ApiKeyName = 'logs:read') {
  const before = api.used().length
  const ended = api.ask(name, 'GET /v1/calls/stream')
  await until(() => api.used().length > before)
  return { ended }
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

test('a stream ends at once when its key is changed, and with its key', async () => {
  const id = api.idOf('logs:read') as KeyId
  const first = await follow()
  await api.store.keys.changeKey(id, { expiresAtMs: api.clock.now() + 60_000 })
  await happens('after', 'acme')
  expect((await first.ended).text).not.toContain('after')
  const second = await follow()
  await happens('before', 'acme')
  api.clock.advance(60_000)
  await happens('after', 'acme')
  const { text } = await second.ended
  expect([text.includes('before'), text.includes('after')]).toEqual([true, false])
})

test('a stream ends soon when the policy of its key, or its operator, is declared otherwise', async () => {
  const { ended } = await follow()
  const findPolicy = api.store.directory.findPolicy.bind(api.store.directory)
  vi.spyOn(api.store.directory, 'findPolicy').mockImplementation(async (id) => {
    const policy = await findPolicy(id)
    return policy && { ...policy, scopes: ['calls:make'] }
  })
  api.clock.advance(15_000)
  await until(() => true)
  await happens('after', 'acme')
  expect((await ended).text).not.toContain('after')
  const second = await follow('operator')
  api.faults.gone.add(api.idOf('operator'))
  api.clock.advance(15_000)
  await until(() => true)
  await happens('later', 'acme')
  expect((await second.ended).text).not.toContain('later')
})

test('a tenant follows its calls by so many streams at once', async () => {
  const streams = Array.from({ length: 10 }, () => api.ask('logs:read', 'GET /v1/calls/stream'))
  await until(() => api.used().length === 10)
  expect((await api.ask('admin', 'GET /v1/calls/stream')).status).toBe(429)
  api.clock.advance(600_000)
  await Promise.all(streams)
})

test('who comes again after it missed as much as is kept hears all of it', async () => {
  const all = await heard({}, () => happens('first', 'acme'))
  const [epoch = '', number = 0] = /id: (\w+)-(\d+)/.exec(all)?.slice(1) ?? []
  const name = 'c'.repeat(32)
  for (let at = 0; at < 950; at++) await happens(`${name}-${at}`, 'acme')
  const text = await heard({ 'last-event-id': `${epoch}-${number}` }, async () => undefined)
  expect(text.match(/event: call\.\w+/g)).toHaveLength(1901)
})

test('a reader that does not read is dropped, and the others hear all', async () => {
  const feed = new CallFeed(new FakeClock(), systemRandom())
  const log = feed.listening(logOf(async () => undefined))
  const asked = { tenantId: undefined, lastEventId: undefined, lifeMs: 600_000 }
  const [slow, quick] = [feed.follow(asked), feed.follow(asked)]
  let heard = ''
  quick?.on('data', (chunk) => {
    heard += chunk
  })
  for (let at = 0; at < 2 * waitingMax && !slow?.destroyed; at++) {
    await log.append({ type: 'call.ringing', callId: `call-${at}` } as AuditEvent)
    if (at % 100 === 0) await new Promise(setImmediate)
  }
  expect([slow?.destroyed, quick?.destroyed]).toEqual([true, false])
  expect(slow?.readableLength).toBeLessThan(100_000)
  await log.append({ type: 'call.ringing', callId: 'the last' } as AuditEvent)
  await until(() => heard.includes('the last'))
})
