import fc from 'fast-check'
import { expect, test } from 'vitest'
import { callerNumber } from '../../src/numbering/caller-number.ts'

interface Told {
  readonly privacy?: string[]
  readonly preferred?: string[]
  readonly asserted?: string[]
}

function result(from: string, { privacy = [], preferred = [], asserted = [] }: Told = {}) {
  const identities = { preferredIdentities: preferred, assertedIdentities: asserted }
  return callerNumber({ from, privacy, ...identities }, { homeRegion: 'US' })
}

function read(from: string, told: Told = {}): string {
  const caller = result(from, told)
  return caller.ok ? caller.number.e164 : caller.reason
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
  '"anonymous" <sip:thisismyname@pbx.example>',
])('%s is anonymous', (from) => {
  expect(read(from)).toBe('caller_id_anonymous')
})

test.each(['id', 'user;id', 'session; ID', 'header', 'user', 'id;critical'])(
  'Privacy: %s withholds the number, which is known all the same',
  (privacy) => {
    expect(result('<sip:+12025550123@pbx.example>', { privacy: ['none', privacy] })).toMatchObject({
      ok: true,
      withheld: true,
      header: 'From',
      number: { e164: '+12025550123' },
    })
  },
)

test('a number under the name Anonymous is withheld', () => {
  const caller = result('ANONYMOUS <sip:+12025550123@pbx.example>;tag=1')
  expect(caller).toMatchObject({ ok: true, withheld: true, number: { e164: '+12025550123' } })
})

test.each(['none', 'session', 'history', ''])('Privacy: %s withholds nobody', (privacy) => {
  const caller = result('<sip:+12025550123@pbx.example>', { privacy: [privacy] })
  expect(caller).toMatchObject({ ok: true, withheld: false })
})

test('behind an anonymous From the preferred identity counts before the asserted one', () => {
  const from = '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1'
  const preferred = ['"A" <sip:+12025550123@pbx.example>']
  const asserted = ['<tel:+12025550124>']
  expect(result(from, { preferred, asserted })).toMatchObject({
    ok: true,
    withheld: true,
    header: 'P-Preferred-Identity',
    number: { e164: '+12025550123' },
  })
  expect(read(from, { asserted: ['"A, B" <sip:alice@x>, <tel:+12025550124>'] })).toBe(
    '+12025550124',
  )
  expect(result(from, { asserted })).toMatchObject({
    ok: true,
    withheld: true,
    header: 'P-Asserted-Identity',
    number: { e164: '+12025550124' },
  })
})

test('neither counts beside a From that names somebody, and no more than two are read', () => {
  const asserted = ['<tel:+12025550124>']
  expect(read('<sip:+12025550123@pbx.example>', { asserted })).toBe('+12025550123')
  expect(read('<sip:alice@pbx.example>', { asserted })).toBe('caller_id_not_allowed')
  const late = ['<sip:alice@pbx.example>', '<sip:bob@pbx.example>', '<tel:+12025550124>']
  expect(read('<sip:anonymous@anonymous.invalid>', { asserted: late })).toBe('caller_id_anonymous')
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
