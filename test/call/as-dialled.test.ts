import fc from 'fast-check'
import { expect, test } from 'vitest'
import { asDialled } from '../../src/call/as-dialled.ts'

test.each([
  ['sip:+19765551234@gate.example;user=phone', 'sip:+19765551234@gate.example;user=phone'],
  ['tel:+1-212-555-0100;ext=5', 'tel:+1-212-555-0100;ext=5'],
  ['urn:service:sos', 'urn:service:sos'],
  ['sip:2125550100:hunter2@gate', 'sip:2125550100:[secret]@gate'],
  ['sip:tg_live_0000_abcdefgh@gate', 'sip:[secret]@gate'],
  ['sip:a\u0000\u001b[2J\u202eb\udcff\\@x', 'sip:a\\u0000\\u001b[2J\\u202eb\\udcff\\\\@x'],
  ['', undefined],
])('of %j the record has %j', (uri, kept) => {
  expect(asDialled(uri)).toBe(kept)
})

test('a credential that the cut would go through is hidden before', () => {
  const token = `eyJ${'a'.repeat(20)}.${'b'.repeat(40)}.${'c'.repeat(40)}`
  expect(asDialled(`sip:+12125550100;x=${token}@gate`)).toBe('sip:+12125550100;x=[secret]@gate')
  expect(asDialled(`sip:1:${'p'.repeat(90)}@gate`)).toBe('sip:1:[secret]@gate')
})

test('whatever comes is bounded and can be printed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (uri) => {
      const kept = asDialled(uri) ?? ''
      expect(kept.length).toBeLessThanOrEqual(64 * 6)
      expect(kept).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u)
    }),
  )
})
