import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AuditEvent } from '../../src/audit/event.ts'
import { decodeLeaf, decodeStrictLeaf, decodeUntraced, encodeLeaf } from '../../src/audit/leaf.ts'
import { canonicalJson } from '../../src/kernel/canonical-json.ts'
import { hideSecrets } from '../../src/kernel/secret.ts'
import { mintKey } from '../../src/keys/format.ts'
import { countedRandom } from '../support/counted-random.ts'
import { decided, ringing } from './support.ts'

test('the bytes of a leaf are fixed', () => {
  expect(encodeLeaf(1_767_614_400_000, ringing('c1')).toString()).toBe(
    '{"atMs":1767614400000,"event":{"callId":"c1","gatewayId":"gw","status":180,' +
      '"type":"call.ringing"},"v":2}',
  )
})

test('a leaf is canonical whatever members an event has, and in whatever order', () => {
  const types = fc.constantFrom('call.decided', 'call.ended', 'api.used', 'constructor', 'no.such')
  const name = fc.oneof(fc.constantFrom('callId', 'admitted', 'tenantId', 'endedBy'), fc.string())
  fc.assert(
    fc.property(types, fc.dictionary(name, fc.jsonValue()), fc.boolean(), (type, members, last) => {
      const event = last ? { ...members, type } : Object.assign({ type }, members, { type })
      const text = canonicalJson({ atMs: 5, event, v: 2 })
      expect(encodeLeaf(5, event as unknown as AuditEvent).toString()).toBe(text)
    }),
  )
})

test('a key that a caller put into its Call-ID does not reach the log', () => {
  const key = mintKey(countedRandom(3), 'live').text.reveal()
  const event = { ...decided('a'), sipCallId: `${key}@pbx` } as AuditEvent
  expect(JSON.parse(encodeLeaf(1, event).toString()).event.sipCallId).toBe('[secret]@pbx')
})

test('what looks like a secret is hidden, and the leaf is one still, whatever stands around it', () => {
  const key = mintKey(countedRandom(3), 'live').text.reveal()
  const pem = '-----BEGIN PRIVATE KEY-----'
  const piece = fc.constantFrom(key, pem, 'authenticate|', 'x', '-', '"', '\\', '\t', 'g_live_a')
  const odd = fc.constantFrom(
    '\u000e',
    'yJaaaaaaaa.bbbbbbbb.cccccccc',
    'eyJaaaaaaaa.bbbbbbbb.cccccccc',
  )
  const text = fc.array(fc.oneof(piece, odd), { maxLength: 5 }).map((pieces) => pieces.join(''))
  fc.assert(
    fc.property(text, text, text, (reason, name, value) => {
      const trace = [{ check: 'c', passed: true, figures: { [name]: value } }]
      const leaf = encodeLeaf(7, { ...decided('a'), reason, trace } as AuditEvent)
      expect(leaf.toString()).not.toContain(key)
      expect(decodeStrictLeaf(leaf)?.event).toMatchObject({
        reason: hideSecrets(reason),
        trace: [{ figures: { [hideSecrets(name)]: hideSecrets(value) } }],
      })
    }),
  )
})

test('whatever stands in an event comes back as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const event: AuditEvent = { ...ringing('c1'), gatewayId: text } as AuditEvent
      expect(decodeLeaf(encodeLeaf(7, event))).toMatchObject({ atMs: 7, event })
    }),
  )
})

test('read without its trace, a decision says all else that it says, whatever stands in it', () => {
  const text = fc.oneof(fc.string(), fc.constantFrom(',"trace":[', '],"type":"', '],"t', '"'))
  const step = fc.record({ check: text, passed: fc.boolean(), figures: fc.dictionary(text, text) })
  fc.assert(
    fc.property(text, text, fc.option(text), fc.array(step), (called, detail, trunkId, trace) => {
      const event = { ...decided('a'), called, detail, ...(trunkId && { trunkId }), trace }
      const leaf = encodeLeaf(7, event as AuditEvent)
      const { trace: _, ...said } = JSON.parse(leaf.toString()).event
      expect({ ...decodeUntraced(leaf)?.event }).toStrictEqual(said)
    }),
  )
  expect(decodeUntraced(encodeLeaf(7, ringing('c1')))?.event).toEqual(ringing('c1'))
})

test('no bytes make the reading of a leaf throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(decodeLeaf(Buffer.from(bytes))).toBeUndefined()
      expect(decodeUntraced(Buffer.from(bytes))).toBeUndefined()
    }),
  )
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(decodeLeaf(Buffer.from(text))).toBeUndefined()
    }),
  )
})

test('a leaf is as long as an entry of a bundle may be, and no longer', () => {
  const event = (chars: number) => ({ ...ringing('a'), gatewayId: 'x'.repeat(chars) }) as AuditEvent
  const around = encodeLeaf(1, event(0)).length
  expect(encodeLeaf(1, event(65_535 - around))).toHaveLength(65_535)
  expect(() => encodeLeaf(1, event(65_536 - around))).toThrow(RangeError)
})
