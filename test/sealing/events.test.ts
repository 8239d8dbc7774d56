import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AuditEvent, StoredEvent } from '../../src/audit/event.ts'
import { canonicalJson } from '../../src/kernel/canonical-json.ts'
import { singlePlace } from '../../src/sealing/places.ts'
import { callFrom, february, january, sealingOffice, throughLog } from './support.ts'

const texts = fc.string({ unit: 'grapheme', maxLength: 40 })

test('every event comes back as it was, whatever its callers wrote', () => {
  using office = sealingOffice()
  const opener = office.opener()
  fc.assert(
    fc.property(texts, texts, texts, (caller, called, sipCallId) => {
      const event = callFrom(caller, called, { sipCallId })
      const opened = opener.open(throughLog(office.seal(event, january)), january)
      expect(opened).toEqual({ event, erased: [], damaged: [] })
    }),
    { numRuns: 100 },
  )
})

test('no number and no address stands readable in what is stored', () => {
  using office = sealingOffice()
  const refused = callFrom('+12125550100', '+12125550199', {
    admitted: false,
    detail: 'connect ECONNREFUSED 192.0.2.77',
    trace: [
      { check: 'consent', passed: true, figures: { evidence: 'form of a@b.example, 203.0.113.5' } },
      { check: 'do_not_call', passed: false, figures: { source: 'call from +12125550111' } },
      { check: 'x', passed: true, figures: { a: '2001:db8::1', b: '2001:db8::/64', c: 'US' } },
    ],
  })
  const events: AuditEvent[] = [
    callFrom('+12125550100', '+12125550199'),
    refused,
    {
      type: 'alert.raised',
      kind: 'source_banned',
      figures: { source: '198.51.100.7', why: 'guessing', untilMs: 1 },
    },
    {
      type: 'cli.used',
      useId: 'u',
      stage: 'began',
      command: 'consents list',
      given: [],
      tenantId: 'acme',
      numbers: '+12125550199',
      actor: 'jane',
      from: '198.51.100.8',
    },
    {
      type: 'config.changed',
      subject: 'key',
      id: 'k1',
      tenantId: 'acme',
      after: '{}',
      networks: '198.51.100.0/24',
    },
  ]
  const stored = events.map((event) => office.seal(event, january))
  // What is sealed is base64, in which anything may stand by chance.
  const text = canonicalJson(stored).replaceAll(/"sealed":"[^"]*"/g, '')
  expect(text).not.toMatch(/\+\d{6}|\d\.\d+\.\d+\.\d|2001:db8|@|jane/)
  const opener = office.opener()
  expect(stored.map((event) => opener.open(throughLog(event), january).event)).toEqual(events)
})

test('words of ours stay readable, and so do figures that are no personal data', () => {
  using office = sealingOffice()
  const figures = { atMs: 1, region: 'US', from: '08:00:00', sourceEvidence: '47 CFR 64.1200' }
  const event = callFrom('+12125550100', '+12125550199', {
    detail: 'not_owned',
    trace: [{ check: 'caller_id', passed: false, figures }],
  })
  const stored = office.seal(event, january)
  expect(stored.detail).toBe('not_owned')
  expect(stored.trace).toEqual(event.trace)
})

test('what looks like a key in a Call-ID is hidden before it is sealed', () => {
  using office = sealingOffice()
  const secret = `tg_live_${'a'.repeat(16)}_${'b'.repeat(43)}_cccccc`
  const event = callFrom('+12125550100', '+12125550199', { sipCallId: secret, caller: secret })
  const { event: opened } = office.opener().open(throughLog(office.seal(event, january)), january)
  expect(canonicalJson(opened)).not.toContain('tg_live_')
  expect(opened).toMatchObject({ sipCallId: '[secret]', caller: '[secret]' })
})

test('a sealed value opens in no other place, type, tenant or month, and not when a bit of it is other', () => {
  using office = sealingOffice()
  const opener = office.opener()
  const stored = throughLog(office.seal(callFrom('+12125550100', '+12125550199'), january))
  const other = throughLog(office.seal(callFrom('+12125550101', '+12125550198'), february))
  office.seal(callFrom('+1', '+2', { tenantId: 'other' }), january)
  const altered = (text: unknown) => {
    const bytes = Buffer.from((text as { sealed: string }).sealed, 'base64')
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1)
    return { sealed: bytes.toString('base64') }
  }
  for (const [tampered, atMs] of [
    [{ ...stored, caller: stored.called, called: stored.caller }, january],
    [{ ...stored, caller: other.caller }, january],
    [{ ...stored, tenantId: 'other' }, january],
    [{ ...stored, called: altered(stored.called) }, january],
    [{ ...stored, caller: { sealed: 'AAAA' } }, january],
    [stored, february],
  ] as const) {
    const { damaged, erased } = opener.open(tampered, atMs)
    expect([...damaged, ...erased], canonicalJson(tampered)).not.toEqual([])
    expect(damaged.length).toBeGreaterThan(0)
  }
  expect(opener.open(stored, january).damaged).toEqual([])
})

test('what a number is found by is found by nothing where its box was moved or altered', () => {
  using office = sealingOffice()
  const opener = office.opener()
  const stored = throughLog(office.seal(callFrom('+12125550100', '+12125550199'), january))
  const places = ['caller', 'called', 'source.address'].map((path) =>
    singlePlace('call.decided', path),
  )
  const found = (event: StoredEvent, atMs = january) => opener.indexHashes(event, atMs, places)
  const whole = found(stored)
  expect(whole).toEqual(places.map(() => expect.any(Number)))
  const { sealed } = stored.called as { readonly sealed: string }
  // Its position, by which it is known again, stays.
  const called = { sealed: `${sealed.slice(0, -6)}AAAAAA` }
  expect(found({ ...stored, called })).toEqual([whole[0], null, whole[2]])
  expect(found({ ...stored, caller: stored.called })).toEqual([null, whole[1], whole[2]])
  expect(found({ ...stored, tenantId: 'other' })).toEqual([null, null, null])
  expect(found(stored, february)).toEqual([null, null, null])
  expect(found(stored)).toEqual(whole)
})

test('what bears no type of ours opens as it stands, whatever that type is called', () => {
  using office = sealingOffice()
  const opener = office.opener()
  for (const type of ['no.such', 'constructor', '__proto__', 'toString', 'hasOwnProperty']) {
    const stored = { ...office.seal(callFrom('+12125550100', '+12125550199'), january), type }
    const event = stored as unknown as StoredEvent
    expect(opener.open(event, january)).toEqual({ event, erased: [], damaged: [] })
  }
})

test('the key of one value opens that value and no other', () => {
  using office = sealingOffice()
  const opener = office.opener()
  const values = [callFrom('+1', '+2'), callFrom('+1', '+3')].flatMap((event) =>
    opener.values(throughLog(office.seal(event, january)), january),
  )
  const boxes = new Map(values.map(({ sealed, boxKey }) => [sealed, boxKey?.toString('hex')]))
  expect(boxes.size).toBe(1 + 1 + 2 + 2)
  expect(new Set(boxes.values()).size).toBe(boxes.size)
})

test('whatever calls came before, the trace comes back as it was, and nobody stands readable in it', () => {
  using office = sealingOffice()
  const opener = office.opener()
  const number = fc.constantFrom('+12125550100', '+12125550199', 'header', 'US')
  const value = fc.oneof(number, fc.constantFrom('192.0.2.1', 'GB', 1, true, false))
  const step = fc.record({
    check: fc.constantFrom('one', 'two'),
    passed: fc.boolean(),
    figures: fc.dictionary(fc.constantFrom('a', 'b', '1'), value, { maxKeys: 2 }),
  })
  fc.assert(
    fc.property(number, number, fc.array(step, { maxLength: 4 }), (caller, called, trace) => {
      // Figures stand under the name of their check: two of one name would share a place.
      const named = trace.map((each, at) => ({ ...each, check: `${each.check}_${at}` }))
      const event = callFrom(caller, called, { trace: named })
      const stored = throughLog(office.seal(event, january))
      expect(opener.open(stored, january).event).toEqual(event)
      expect(canonicalJson(stored.trace)).not.toMatch(/"(\+\d+|192\.0\.2\.1)"/)
      for (const text of [caller, called]) {
        expect(canonicalJson(stored.trace)).not.toContain(`:"${text}"`)
      }
    }),
    { numRuns: 500 },
  )
})
