import fc from 'fast-check'
import { expect, test } from 'vitest'
import { callerNumber } from '../../src/numbering/caller-number.ts'

function read(from: string, privacy: string[] = []): string {
  const result = callerNumber({ from, privacy }, { homeRegion: 'US' })
  return result.ok ? result.number.e164 : result.reason
}

test.each([
  '<sip:+12025550123@pbx.example>;tag=1',
  'sip:+12025550123@pbx.example;tag=1',
  'sip:+12025550123@pbx.example',
  'Alice <sip:+12025550123@pbx.example>;tag=1',
  'Alice Smith <sip:2025550123@pbx.example> ;tag=1',
  '"Alice \\"A\\" <sip:+19005551234@x>" <sip:+12025550123@pbx.example;user=phone>;tag=1',
  '"" <tel:+1-202-555-0123>;tag=1',
  '  "Alice"<sips:+12025550123@pbx.example>',
])('%s presents one number', (from) => {
  expect(read(from)).toBe('+12025550123')
})

test.each([
  '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1',
  'sip:anonymous@anonymous.invalid;tag=1',
  '<sip:anonymous@pbx.example>;tag=1',
  '<sip:+12025550123@anonymous.invalid>;tag=1',
  'ANONYMOUS <sip:+12025550123@pbx.example>;tag=1',
  '"anonymous" <sip:thisismyname@pbx.example>',
])('%s is anonymous', (from) => {
  expect(read(from)).toBe('caller_id_anonymous')
})

test.each(['id', 'user;id', 'session; ID', 'header', 'user', 'id;critical'])(
  'Privacy: %s withholds the caller',
  (privacy) => {
    expect(read('<sip:+12025550123@pbx.example>', ['none', privacy])).toBe('caller_id_anonymous')
  },
)

test.each(['none', 'session', 'history', ''])('Privacy: %s withholds nobody', (privacy) => {
  expect(read('<sip:+12025550123@pbx.example>', [privacy])).toBe('+12025550123')
})

test.each([
  '',
  'Alice',
  '<sip:alice@pbx.example>',
  '<sip:911@pbx.example>',
  '<sip:+12025550123@pbx.example',
  '"Alice <sip:+12025550123@pbx.example>',
  '"Alice\\',
  '"Alice" x <sip:+12025550123@pbx.example>',
  'Al"ice <sip:+12025550123@pbx.example>',
  '<sip:+12025550123@pbx.example>, <sip:+12025550199@pbx.example>',
  '<<sip:+12025550123@pbx.example>>',
  '<mailto:alice@example.com>',
  `"${'a'.repeat(2000)}" <sip:+12025550123@pbx.example>`,
])('%s is no caller ID', (from) => {
  expect(read(from)).toBe('caller_id_not_allowed')
})

test('no header whatever makes it throw', () => {
  const piece = fc.oneof(fc.constantFrom('"', '<', '>', '\\', 'sip:', '@', ';', '1'), fc.string())
  fc.assert(fc.property(fc.array(piece), (pieces) => void read(pieces.join(''))))
})
