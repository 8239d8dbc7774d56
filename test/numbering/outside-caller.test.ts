import fc from 'fast-check'
import { expect, test } from 'vitest'
import { outsideCaller } from '../../src/numbering/outside-caller.ts'

const us = { homeRegion: 'US' }

function callerOf(from: string, assertedIdentities: string[] = [], privacy: string[] = []) {
  return outsideCaller({ from, assertedIdentities, privacy }, us)
}

test('what the carrier asserts outranks From, and the first of several counts', () => {
  const asserted = ['"Doe, Jane" <sip:+13125550111@one.example>, <tel:+13125550112>']
  expect(callerOf('<sip:+13125550188@x>;tag=1', asserted)).toEqual({
    e164: '+13125550111',
    user: '+13125550111',
    display: 'Doe, Jane',
    hidden: false,
  })
})

test('a name stands in From where the asserted identity has none', () => {
  expect(callerOf('"Jane" <sip:+13125550188@x>', ['<tel:+13125550111>'])).toMatchObject({
    e164: '+13125550111',
    display: 'Jane',
  })
})

test.each([
  ['4711', '4711'],
  ['911', '911'],
  ['reception', 'reception'],
  ['a%20b', undefined],
  ['a;b=c', 'a'],
])('a user part %s without a number in it is passed on as %s', (user, passed) => {
  expect(callerOf(`<sip:${user}@x>`)).toMatchObject({ e164: undefined, user: passed })
})

test.each([
  ['"Anonymous" <sip:anonymous@anonymous.invalid>', [], []],
  ['<sip:+13125550188@x>', [], ['id']],
  ['<sip:+13125550188@x>', ['<sip:+13125550188@x>'], ['critical; user']],
  ['"Anonymous" <sip:anonymous@anonymous.invalid>', ['<sip:+13125550188@x>'], []],
] as [string, string[], string[]][])('%s %j %j is hidden', (from, asserted, privacy) => {
  expect(callerOf(from, asserted, privacy).hidden).toBe(true)
})

test('a name with control characters or without end is left out', () => {
  expect(callerOf('"a\u0007b" <sip:+13125550188@x>').display).toBeUndefined()
  expect(callerOf(`"${'x'.repeat(65)}" <sip:+13125550188@x>`).display).toBeUndefined()
})

test('whatever comes, a user part is harmless in a URI and nothing is thrown', () => {
  const text = fc.oneof(
    fc.string(),
    fc.stringMatching(/^"?[<>,;:@"\\a+1 ]*>?$/),
    fc.string().map((user) => `<sip:${user}@x>`),
  )
  fc.assert(
    fc.property(text, fc.array(text, { maxLength: 3 }), (from, asserted) => {
      const { user, e164 } = callerOf(from, asserted)
      if (user !== undefined) expect(user).toMatch(/^[A-Za-z0-9+*_.-]{1,32}$/)
      if (e164 !== undefined) expect(user).toBe(e164)
    }),
  )
})
