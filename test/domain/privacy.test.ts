import fc from 'fast-check'
import { expect, test } from 'vitest'
import { privacyLeft, readPrivacy } from '../../src/domain/privacy.ts'

// RFC 3323 4.2 and 5, RFC 3325 9.3, RFC 7044 10.1.2.
test.each([
  ['id', { withholds: true, unmet: [], critical: false, none: false }],
  ['User', { withholds: true, unmet: [], critical: false, none: false }],
  ['header;critical', { withholds: true, unmet: [], critical: true, none: false }],
  ['session', { withholds: false, unmet: ['session'], critical: false, none: false }],
  ['id ; session, critical', { withholds: true, unmet: ['session'], critical: true, none: false }],
  ['history', { withholds: false, unmet: [], critical: false, none: false }],
  ['none', { withholds: false, unmet: [], critical: false, none: true }],
  ['none;id', { withholds: true, unmet: [], critical: false, none: false }],
  ['a b;"x"', { withholds: false, unmet: [], critical: false, none: false }],
  ['', { withholds: false, unmet: [], critical: false, none: false }],
] as const)('Privacy: %s', (field, wishes) => {
  expect(readPrivacy([field])).toEqual(wishes)
})

test.each([
  ['id', true, 'id'],
  ['user', true, 'id'],
  ['id;critical', true, 'id;critical'],
  ['id', false, undefined],
  ['id;critical', false, undefined],
  ['session', false, 'session'],
  ['id;session;critical', true, 'id;session;critical'],
  ['none', false, 'none'],
  ['', false, undefined],
] as const)('of Privacy: %s, where the number is kept (%s), %s is left', (field, keepsId, left) => {
  expect(privacyLeft(readPrivacy([field]), keepsId)).toBe(left)
})

test('whatever stands in the fields, what is left is one line of tokens', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), fc.boolean(), (fields, keepsId) => {
      const left = privacyLeft(readPrivacy(fields), keepsId)
      if (left !== undefined) expect(left).toMatch(/^[\w.!%*+`'~-]+(?:;[\w.!%*+`'~-]+)*$/)
    }),
  )
})
