import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeClaims, passportHeader, shakenClaims } from '../../src/identity/passport.ts'
import { statement, x5u } from './support.ts'

function base64url(text: string | Uint8Array): string {
  return Buffer.from(text).toString('base64url')
}

test('RFC 8225 appendix A: the signing input is reproduced byte for byte', () => {
  const header = JSON.stringify(passportHeader(x5u))
  const claims = encodeClaims({
    orig: { tn: '12155551212' },
    iat: 1471375418,
    dest: { uri: ['sip:alice@example.com'] },
  })
  expect(header).toBe(
    '{"alg":"ES256","typ":"passport","x5u":"https://cert.example.org/passport.cer"}',
  )
  expect(`${base64url(header)}.${base64url(claims)}`).toBe(
    'eyJhbGciOiJFUzI1NiIsInR5cCI6InBhc3Nwb3J0IiwieDV1IjoiaHR0cHM6Ly9j' +
      'ZXJ0LmV4YW1wbGUub3JnL3Bhc3Nwb3J0LmNlciJ9.' +
      'eyJkZXN0Ijp7InVyaSI6WyJzaXA6YWxpY2VAZXhhbXBsZS5jb20iXX0sImlhdCI' +
      '6MTQ3MTM3NTQxOCwib3JpZyI6eyJ0biI6IjEyMTU1NTUxMjEyIn19',
  )
})

test('RFC 8588 6 with erratum 6656: header and claims, iat a number', () => {
  expect(JSON.stringify(passportHeader(x5u, 'shaken'))).toBe(
    '{"alg":"ES256","ppt":"shaken","typ":"passport",' +
      '"x5u":"https://cert.example.org/passport.cer"}',
  )
  expect(Buffer.from(encodeClaims(shakenClaims(statement, 1443208345))).toString()).toBe(
    '{"attest":"A","dest":{"tn":["12155550131"]},"iat":1443208345,' +
      '"orig":{"tn":"12155550121"},"origid":"123e4567-e89b-12d3-a456-426655440000"}',
  )
})

test('claims have one encoding, in whatever order they were given', () => {
  const claims = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer()), { minKeys: 1 })
  fc.assert(
    fc.property(claims, (given) => {
      const reversed = Object.fromEntries(Object.entries(given).reverse())
      expect(encodeClaims(reversed)).toEqual(encodeClaims(given))
      expect(JSON.parse(Buffer.from(encodeClaims(given)).toString())).toEqual({ ...given })
    }),
  )
})

test('only E.164 numbers are signed', () => {
  for (const origE164 of ['12155550121', '+1215555012x', '+', '', '+1234567890123456', '911']) {
    expect(() => shakenClaims({ ...statement, origE164 }, 1)).toThrow(RangeError)
    expect(() => shakenClaims({ ...statement, destE164: origE164 }, 1)).toThrow(RangeError)
  }
})
