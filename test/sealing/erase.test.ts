import { expect, test } from 'vitest'
import type { AuditEvent } from '../../src/audit/event.ts'
import { usualRetention } from '../../src/domain/personal.ts'
import { eraseSubject, type LogEntry } from '../../src/sealing/erase.ts'
import { expireMonths, retentionOf } from '../../src/sealing/expire.ts'
import { EventOpener } from '../../src/sealing/open-events.ts'
import { keyAt } from '../../src/sealing/seed-tree.ts'
import { callFrom, entriesOf, february, january, sealingOffice, throughLog } from './support.ts'

const [ours, theirs, others] = ['+12125550100', '+12125550199', '+12125550142']

async function erasedFrom(office: ReturnType<typeof sealingOffice>, text: string) {
  const events = [
    { event: callFrom(ours, theirs), atMs: january },
    { event: callFrom(theirs, others), atMs: january },
    { event: callFrom(ours, others), atMs: january },
    { event: callFrom(ours, theirs), atMs: february },
    { event: callFrom(ours, theirs, { tenantId: 'other' }), atMs: january },
  ]
  const log: LogEntry[] = []
  for await (const entry of entriesOf(office.seal, events)) log.push(entry)
  const before = office.keys.tree({ tenant: 'acme', month: '2026-01', kind: 'callee' })
  const count = await eraseSubject(office.keys, toAsync(log), { tenant: 'acme', text })
  const opener = office.opener()
  const opened = log.map(({ event, atMs }) => opener.open(event, atMs))
  return { log, opened, count, before, opener }
}

async function* toAsync<Item>(items: readonly Item[]) {
  for (const item of items) yield [item]
}

test('an erased number is read nowhere any more, and every other value is', async () => {
  using office = sealingOffice()
  const { opened, count } = await erasedFrom(office, theirs)
  expect(count).toBe(3)
  expect(opened.map(({ erased }) => erased)).toEqual([
    ['called', 'sipCallId'],
    ['caller', 'sipCallId'],
    [],
    ['called', 'sipCallId'],
    [],
  ])
  expect(opened.flatMap(({ damaged }) => damaged)).toEqual([])
  expect(JSON.stringify(opened.slice(0, 4))).not.toContain(theirs)
  expect(opened[0]?.event).toMatchObject({
    caller: ours,
    called: 'erased',
    sipCallId: 'erased',
    trace: [{}, { figures: { e164: 'erased', region: 'US' } }, { figures: { e164: ours } }],
  })
  expect(opened[2]?.event).toEqual(callFrom(ours, others))
})

test('an erased key stands in no page of the file and not in its write-ahead log', async () => {
  using office = sealingOffice(null as unknown as undefined)
  const { log, before, opener } = await erasedFrom(office, theirs)
  const [value] = opener
    .values(log[0]?.event as never, january)
    .filter(({ path }) => path === 'called')
  const key = keyAt(before?.seeds ?? new Map(), value?.position ?? '')
  const root = before?.seeds.get('')
  if (!key || !root) throw new Error('it was there before')
  expect(office.bytes().includes(root)).toBe(true)
  office.keys.overwrite()
  const bytes = office.bytes()
  expect([bytes.includes(key), bytes.includes(root)]).toEqual([false, false])
  // What is left does stand there: a file that is sealed or empty would prove nothing.
  const left = office.keys.tree({ tenant: 'acme', month: '2026-01', kind: 'callee' })
  for (const seed of left?.seeds.values() ?? []) expect(bytes.includes(seed)).toBe(true)
})

test('a source address is erased as a number is', async () => {
  using office = sealingOffice()
  const { opened } = await erasedFrom(office, '192.0.2.1')
  expect(opened[0]?.erased).toEqual(['source.address', 'sipCallId'])
  expect(opened[4]?.erased).toEqual([])
})

test('what stands in an address, with a port, or after another number is erased too', async () => {
  const texts = [`sip:${theirs}@192.0.2.7:5060`, `${theirs}5 ${theirs}`, `<tel:${theirs}>`]
  for (const text of texts) {
    using office = sealingOffice()
    const event: AuditEvent = {
      type: 'alert.raised',
      kind: 'source_banned',
      tenantId: 'acme',
      figures: { source: text },
    }
    const log = [{ event: throughLog(office.seal(event, january)), atMs: january }]
    const count = await eraseSubject(office.keys, toAsync(log), { tenant: 'acme', text: theirs })
    expect(count).toBe(1)
  }
})

test('a number that begins with the erased one is another', async () => {
  using office = sealingOffice()
  expect((await erasedFrom(office, '+1212555019')).count).toBe(0)
})

test('a number is erased wherever it stands whole in a text, behind longer ones too', async () => {
  using office = sealingOffice()
  const told = (text: string) => ({
    event: callFrom(ours, others, {
      trace: [{ check: 'caller_id', passed: true, figures: { divertedFrom: text } }],
    }),
    atMs: january,
  })
  // biome-ignore format: a table
  const [whole, part] = [
    [`${theirs} ${others}`, `${others} ${theirs}`, `${theirs}0 ${theirs}`, `1${theirs} ${theirs}`],
    [`${theirs}0 ${others}`, `${others} ${theirs}0`, `1${theirs} ${others}`],
  ]
  const log: LogEntry[] = []
  for await (const entry of entriesOf(office.seal, [...whole, ...part].map(told))) log.push(entry)
  const subject = { tenant: 'acme', text: theirs }
  expect(await eraseSubject(office.keys, toAsync(log), subject)).toBe(whole.length)
})

test('a gate that runs goes on with fresh keys for a number that was erased beside it', async () => {
  using office = sealingOffice()
  const before = throughLog(office.seal(callFrom(ours, theirs), january))
  await eraseSubject(office.open(), toAsync([{ event: before, atMs: january }]), {
    tenant: 'acme',
    text: theirs,
  })
  office.clock.advance(1000)
  const after = throughLog(office.seal(callFrom(ours, theirs), january))
  const opener = office.opener()
  expect(opener.open(before, january).erased).toEqual(['called', 'sipCallId'])
  expect(opener.open(after, january).event).toEqual(callFrom(ours, theirs))
})

test('each kind of data of a month ends in its time, and never before', () => {
  using office = sealingOffice()
  const stored = throughLog(office.seal(callFrom(ours, theirs), january))
  const retention = retentionOf([
    { id: 'acme', retention: { ...usualRetention, addressMonths: 1, calleeMonths: 2 } },
  ])
  const erasedAt = (nowMs: number) => {
    expireMonths(office.keys, retention, nowMs)
    return office.opener().open(stored, january).erased
  }
  expect(erasedAt(Date.UTC(2026, 1, 28, 23, 59))).toEqual([])
  expect(erasedAt(Date.UTC(2026, 2, 1))).toEqual(['source.address', 'sipCallId'])
  expect(erasedAt(Date.UTC(2026, 3, 1))).toEqual(['source.address', 'called', 'sipCallId'])
  expect(expireMonths(office.keys, retention, Date.UTC(2030, 0, 1))).toEqual([
    { tenant: 'acme', kind: 'caller', throughMonth: '2026-01' },
  ])
})

test('a month that has ended takes nothing more, should the clock go back', () => {
  using office = sealingOffice()
  office.seal(callFrom(ours, theirs), january)
  expireMonths(office.open(), retentionOf([]), Date.UTC(2030, 0, 1))
  office.clock.advance(1000)
  const stored = throughLog(office.seal(callFrom(ours, theirs), january))
  expect(JSON.stringify(stored)).not.toContain('+1212')
  // Not even what is sealed: nothing that opens it is held any more.
  const nothing = { sealed: '' }
  expect(stored).toMatchObject({ caller: nothing, called: nothing, sipCallId: nothing })
  const { erased, damaged } = office.opener().open(stored, january)
  expect([erased, damaged]).toEqual([['source.address', 'caller', 'called', 'sipCallId'], []])
})

test('two that read by one file of keys both forget what is destroyed, by whomever', () => {
  using office = sealingOffice()
  const stored = throughLog(office.seal(callFrom(ours, theirs), january))
  const beside = office.open()
  const openers = [beside, beside].map((keys) => new EventOpener(keys))
  const read = () =>
    openers.map((opener) => {
      opener.refresh()
      return opener.open(stored, january).erased.length
    })
  expect(read()).toEqual([0, 0])
  beside.destroy([{ tenant: 'acme', month: '2026-01', kind: 'callee' }])
  expect(read()).toEqual([2, 2])
  office.keys.destroy([{ tenant: 'acme', month: '2026-01', kind: 'caller' }])
  expect(read()).toEqual([3, 3])
})

test('what was dialled and is no number is sealed as a number is, and goes with the number in it', async () => {
  using office = sealingOffice()
  const dialled = ['sip:+1-212-555-0199@gate;user=phone', 'sip:%2B12125550199@gate', 'tel:12']
  const events = dialled.map((called) => ({
    event: callFrom(ours, called, { admitted: false, reason: 'number_malformed', trace: [] }),
    atMs: january,
  }))
  const log: LogEntry[] = []
  for await (const entry of entriesOf(office.seal, events)) log.push(entry)
  const text = JSON.stringify(log)
  for (const part of ['555-0199', '2125550199', 'tel:12', 'sip:']) expect(text).not.toContain(part)
  const read = () => {
    const opener = office.opener()
    return log.map(({ event, atMs }) => opener.open(event, atMs).event)
  }
  expect(read()).toMatchObject(dialled.map((called) => ({ called })))
  expect(await eraseSubject(office.keys, toAsync(log), { tenant: 'acme', text: theirs })).toBe(2)
  expect(read()).toMatchObject([{ called: 'erased' }, { called: 'erased' }, { called: 'tel:12' }])
})
