import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkLine, type Link, sealRecord } from '../../src/audit/chain.ts'
import type { AuditEvent } from '../../src/audit/event.ts'
import { mintKey } from '../../src/keys/format.ts'
import { countedRandom } from '../support/counted-random.ts'
import { decided, ringing } from './support.ts'

const start: Link = { count: 0, hash: '0'.repeat(64) }

function lineOf(link: Link, event: AuditEvent): Buffer {
  return Buffer.from(sealRecord(link, 1000, event).line.slice(0, -1))
}

test('the bytes of a record are fixed', () => {
  const sealed = sealRecord(start, 1_767_614_400_000, ringing('c1'))
  expect(sealed.line).toBe(
    '{"atMs":1767614400000,"event":{"callId":"c1","gatewayId":"gw","status":180,' +
      `"type":"call.ringing"},"prev":"${start.hash}","seq":1,"sha256":"${sealed.link.hash}"}\n`,
  )
})

test('anyone can check a record: prefix and the canonical JSON without the hash', () => {
  const { sha256, ...rest } = JSON.parse(sealRecord(start, 5, ringing('c1')).line)
  // These names are in canonical order already, so JSON.stringify gives the canonical text.
  const expected = createHash('sha256')
    .update('tollgate audit record 1\n')
    .update(JSON.stringify(rest))
    .digest('hex')
  expect(sha256).toBe(expected)
})

test('a key that a caller put into its Call-ID does not reach the log', () => {
  const key = mintKey(countedRandom(3), 'live').text.reveal()
  const { line, link } = sealRecord(start, 1, {
    ...decided('a'),
    sipCallId: `${key}@pbx`,
  } as AuditEvent)
  expect(JSON.parse(line).event.sipCallId).toBe('[secret]@pbx')
  expect(checkLine(Buffer.from(line.slice(0, -1)), start)).toMatchObject({ link })
})

test('each record links to the one before', () => {
  const first = sealRecord(start, 1, decided('a'))
  const second = sealRecord(first.link, 2, decided('b'))
  expect(JSON.parse(second.line)).toMatchObject({ seq: 2, prev: first.link.hash })
  expect(checkLine(Buffer.from(second.line.slice(0, -1)), first.link)).toMatchObject({
    link: second.link,
  })
})

test('a record out of its place is told by its kind', () => {
  const first = sealRecord(start, 1, decided('a'))
  const second = sealRecord(first.link, 2, decided('b'))
  const third = Buffer.from(sealRecord(second.link, 3, decided('c')).line.slice(0, -1))
  expect(checkLine(third, first.link)).toEqual({ fault: 'missing' })
  expect(checkLine(third, { count: 3, hash: 'x' })).toEqual({ fault: 'out_of_order' })
  expect(checkLine(third, { ...second.link, hash: 'f'.repeat(64) })).toEqual({ fault: 'unlinked' })
})

test('any other byte anywhere in a record is found', () => {
  const line = lineOf(start, decided('an älter caller'))
  for (let at = 0; at < line.length; at++) {
    for (const flip of [1, 0x20, 0x80]) {
      const changed = Buffer.from(line)
      changed[at] = (changed[at] ?? 0) ^ flip
      expect(checkLine(changed, start)).toHaveProperty('fault')
    }
  }
})

test('no bytes make the check throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(checkLine(Buffer.from(bytes), start)).toEqual({ fault: 'unreadable' })
    }),
  )
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(checkLine(Buffer.from(text), start)).toHaveProperty('fault')
    }),
  )
})

test('whatever stands in an event comes back as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const event: AuditEvent = { ...ringing('c1'), gatewayId: text } as AuditEvent
      expect(checkLine(lineOf(start, event), start)).toMatchObject({ record: { event } })
    }),
  )
})
