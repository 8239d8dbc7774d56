import { expect, test } from 'vitest'
import { SourceGuard } from '../../src/admission/source-guard.ts'
import type { AuditEvent } from '../../src/audit/event.ts'
import { handleRegister, type Registrar } from '../../src/call/handle-register.ts'
import type { CallId } from '../../src/domain/attempt.ts'
import type { Refused } from '../../src/domain/decision.ts'
import { refusals } from '../../src/domain/refusals.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import type { Answer } from '../../src/sip/messages.ts'
import { RawMessage } from '../../src/sip/raw-message.ts'
import { readAttempt } from '../../src/sip/raw-reader.ts'
import { openBindings } from '../../src/store/bindings.ts'
import { countedRandom } from '../support/counted-random.ts'
import { FakeClock } from '../support/fake-clock.ts'

/** A registrar that lets everybody in, and what it keeps. */
function setUp({
  refused,
  lost,
  guard = { learn: () => 0, delay: () => undefined },
}: {
  readonly refused?: Partial<Refused>
  readonly lost?: true
  readonly guard?: Registrar['guard']
} = {}) {
  const clock = new FakeClock(1_000_000)
  const notes = new Map<string, string>()
  const events: AuditEvent[] = []
  const bindings = openBindings({
    get: (_topic, id) => notes.get(id),
    post: async (_topic, id, change) => {
      if (lost) throw new Error('the store is gone')
      const note = change(notes.get(id))
      if (note === undefined) notes.delete(id)
      else notes.set(id, note)
      return note
    },
  })
  const may = {
    admitted: true,
    key: { id: 'key' },
    tenant: { id: 'acme' },
    trunk: { id: 'branch' },
  }
  const registrar = {
    admit: async () => (refused ? { admitted: false, trace: [], ...refused } : may),
    guard,
    audit: { append: async (event: AuditEvent) => void events.push(event) },
    isCarrier: (host: string, port: number) => host === '203.0.113.9' || port === 5099,
    bindings,
    refusals,
    clock,
    random: countedRandom(),
    logger: silentLogger,
  } as unknown as Registrar
  const bound = () => bindings.of('branch', clock.now())
  return { clock, events, bound, notes, send: (...sent: Sent) => register(registrar, ...sent) }
}

type Sent = [
  fields: readonly string[],
  about?: { cseq?: number; callId?: string; protocol?: string; address?: string; port?: number },
]

async function register(registrar: Registrar, ...[fields, about = {}]: Sent): Promise<Answer> {
  const { cseq = 1, callId = 'one', protocol = 'udp', ...from } = about
  const head = [`Call-ID: ${callId}`, `CSeq: ${cseq} REGISTER`, ...fields]
  const message = new RawMessage(`REGISTER sip:gate SIP/2.0\r\n${head.join('\r\n')}\r\n\r\n`)
  const source = { address: '192.0.2.7', port: 40_000, protocol, ...from }
  const arrival = { id: 'id' as CallId, receivedAtMs: 0, source, keyHeader: 'x-api-key' }
  const attempt = readAttempt(message, arrival)
  const { promise, resolve } = Promise.withResolvers<Answer>()
  await handleRegister(registrar, { attempt, message, answer: resolve })
  return await promise
}

const here = 'Contact: <sip:a@192.0.2.7:5060>'

test('a Contact is bound to where it came from, for as long as it says and an hour at most', async () => {
  const { send, bound, clock, events } = setUp()
  const { status, headers } = await send([here, 'Expires: 7200'])
  expect([status, headers.Contact]).toEqual([200, '<sip:a@192.0.2.7:5060>;expires=3600'])
  expect(bound()).toMatchObject([
    {
      contact: 'sip:a@192.0.2.7:5060',
      host: '192.0.2.7',
      port: 40_000,
      transport: 'udp',
      keyId: 'key',
    },
  ])
  clock.advance(3_600_000)
  expect(bound()).toEqual([])
  expect(events).toMatchObject([{ type: 'trunk.registered', trunkId: 'branch', contacts: 1 }])
})

test('where somebody registered nobody is banned for the credentials of others', async () => {
  const settings = { failuresMax: 2, windowMs: 60_000, banMs: 60_000, provenMs: 60_000 }
  const guard = new SourceGuard({
    clock: new FakeClock(1_000_000),
    bans: undefined,
    silent: true,
    neverBanned: () => false,
    settings: { ...settings, delayMaxMs: 0, scanners: [] },
    alerts: { raise: () => undefined },
  })
  const bad = { admitted: false, reason: 'credentials_invalid' } as const
  const from = (address: string) => ({
    source: { address, port: 40_001, protocol: 'udp' as const },
    userAgent: undefined,
  })
  await setUp({ guard }).send([here])
  for (let at = 0; at < 9; at++) {
    guard.learn(from('192.0.2.7'), bad)
    guard.learn(from('192.0.2.8'), bad)
  }
  expect(guard.bans()).toMatchObject([{ source: '192.0.2.8' }])
})

test('a refresh is not written down again, and the latest stands first', async () => {
  const { send, bound, events } = setUp()
  await send([here], { cseq: 1 })
  await send(['Contact: <sip:b@192.0.2.8>'], { callId: 'two' })
  await send([here], { cseq: 2 })
  expect(bound().map(({ contact }) => contact)).toEqual(['sip:a@192.0.2.7:5060', 'sip:b@192.0.2.8'])
  expect((await send([])).headers.Contact).toContain(', ')
  expect(events.filter(({ type }) => type === 'trunk.registered')).toHaveLength(3)
})

test('a registration that comes behind a later one changes nothing', async () => {
  const { send, bound } = setUp()
  await send([here], { cseq: 5 })
  expect((await send(['Contact: *', 'Expires: 0'], { cseq: 4 })).status).toBe(400)
  expect(bound()).toHaveLength(1)
  expect((await send(['Contact: *', 'Expires: 0'], { cseq: 6 })).status).toBe(200)
  expect(bound()).toEqual([])
})

// RFC 3261 8.1.1.5: up to 2^31, and some begin anywhere below that.
test('a sequence number may be as large as the standard lets it be', async () => {
  const { send, bound } = setUp()
  expect((await send([here], { cseq: 101_902_386 })).status).toBe(200)
  expect((await send([here], { cseq: 101_902_387 })).status).toBe(200)
  expect((await send([here], { cseq: 2 ** 31 - 1 })).status).toBe(200)
  expect((await send(['Contact: *', 'Expires: 0'], { cseq: 101_902_387 })).status).toBe(400)
  expect(bound()).toHaveLength(1)
})

test('a REGISTER without a readable sequence number binds nothing', async () => {
  const { send, bound } = setUp()
  expect((await send([here], { cseq: Number.NaN })).status).toBe(400)
  expect(bound()).toEqual([])
})

test('a trunk has four bindings, the oldest goes', async () => {
  const { send, bound } = setUp()
  for (let at = 1; at <= 6; at++)
    await send([`Contact: <sip:${at}@192.0.2.7>`], { callId: `${at}` })
  expect(bound().map(({ contact }) => contact)).toEqual(
    [6, 5, 4, 3].map((at) => `sip:${at}@192.0.2.7`),
  )
})

test('a time that is too short is answered with the shortest', async () => {
  const { send, bound } = setUp()
  const { status, headers } = await send([here, 'Expires: 59'])
  expect([status, headers['Min-Expires'], bound()]).toEqual([423, '60', []])
})

test.each([
  ['tcp', 'Contact: <sip:a@203.0.113.10>', 403],
  ['tls', 'Contact: <sip:a@gateway.carrier.example>', 403],
  ['tcp', here, 200],
  ['udp', 'Contact: <sip:a@10.0.0.5>', 200],
  ['ws', here, 400],
])('over %s the %s is answered %i', async (protocol, field, status) => {
  expect((await setUp().send([field], { protocol })).status).toBe(status)
})

// Over UDP a source can be forged: the gate would place the calls there by whatever name the Contact has.
test('nobody registers from where a carrier takes calls', async () => {
  const { send, bound } = setUp()
  expect((await send([here], { address: '203.0.113.9' })).status).toBe(403)
  expect((await send([here], { port: 5099 })).status).toBe(403)
  expect(bound()).toEqual([])
  expect((await send([here])).status).toBe(200)
  expect((await send(['Contact: *', 'Expires: 0'], { cseq: 2, port: 5099 })).status).toBe(200)
  expect(bound()).toEqual([])
})

test('who may not register is told why, and binds nothing', async () => {
  const { send, bound, events } = setUp({ refused: { reason: 'scope_denied' } })
  const { status, headers } = await send([here])
  expect([status, headers.Reason]).toEqual([403, 'SIP;cause=403;text="scope_denied"'])
  expect(bound()).toEqual([])
  expect(events).toMatchObject([{ type: 'trunk.register_refused', reason: 'scope_denied' }])
})

test('a challenge is not written down', async () => {
  const refused = { reason: 'credentials_missing', challenges: ['Digest realm="x"'] } as const
  const { send, events } = setUp({ refused })
  expect(await send([here])).toMatchObject({
    status: 401,
    headers: { 'WWW-Authenticate': ['Digest realm="x"'] },
  })
  expect(events).toEqual([])
})

test('what cannot be kept is answered 503', async () => {
  expect((await setUp({ lost: true }).send([here])).status).toBe(503)
})

test('a note that cannot be read binds nothing', async () => {
  const { notes, bound } = setUp()
  for (const note of ['{', '{}', 'null', '7']) {
    notes.set('branch', note)
    expect(bound()).toEqual([])
  }
})

test('a registration of a clock that was years ahead ends when it is right, and is taken anew', async () => {
  const { send, bound, clock } = setUp()
  clock.setWallBy(10 * 365 * 86_400_000)
  await send([here])
  clock.setWallBy(-10 * 365 * 86_400_000)
  expect(bound()).toEqual([])
  expect((await send([here])).status).toBe(200)
  clock.advance(3_600_000)
  expect(bound()).toEqual([])
})
