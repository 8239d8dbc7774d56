import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  encodeClaims,
  partyOf,
  passportHeader,
  passportsOf,
  shakenClaims,
} from '../../src/identity/passport.ts'
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

test.each([
  ['+12155551212', { tn: '12155551212' }],
  ['+1', { tn: '1' }],
  ['sip:alice@example.com', { uri: 'sip:alice@example.com' }],
  ['SIP:Alice@Example.COM:5060;transport=tcp?x=y', { uri: 'sip:Alice@example.com' }],
  ['sips:bob@[2001:DB8::1]:5061', { uri: 'sip:bob@[2001:db8::1]' }],
])('RFC 8224 8: %s is signed as %o', (address, party) => {
  expect(partyOf(address)).toEqual(party)
})

test.each(['12155551212', '+1215-555', 'tel:+12155551212', 'sip:@x', 'sip:a b@x', 'sip:a@x y', ''])(
  'RFC 8224 8: %s is neither a number nor an address of record',
  (address) => {
    expect(() => partyOf(address)).toThrow(RangeError)
  },
)

const logo = { iconUrl: 'https://acme.example/logo.png', iconDigest: `sha256-${'A'.repeat(43)}=` }

/** As they are signed. */
function textsOf(more: object): [string, string][] {
  return passportsOf({ ...statement, ...more }, 1443208345).map(({ ppt, claims }) => [
    ppt,
    Buffer.from(encodeClaims(claims)).toString(),
  ])
}

const common = '"dest":{"tn":["12155550131"]},"iat":1443208345,"orig":{"tn":"12155550121"}'
const origid = '"origid":"123e4567-e89b-12d3-a456-426655440000"'

test('RFC 9795: name, logo with its digest, and reason stand beside the claims of the call', () => {
  const rcd = { ppt: 'shaken', data: { name: 'Acme', reason: 'Your order', ...logo } }
  expect(textsOf({ rcd })).toEqual([
    [
      'shaken',
      `{"attest":"A","crn":"Your order",${common},${origid},"rcd":{"icn":"${logo.iconUrl}",` +
        `"nam":"Acme"},"rcdi":{"/icn":"${logo.iconDigest}"}}`,
    ],
  ])
})

test('RFC 9795: or in a PASSporT of their own, beside that of the call', () => {
  expect(textsOf({ rcd: { ppt: 'rcd', data: { name: 'Acme' } } })).toEqual([
    ['shaken', `{"attest":"A",${common},${origid}}`],
    ['rcd', `{${common},"rcd":{"nam":"Acme"}}`],
  ])
})

test('RFC 8225 5.2.1: who is called on by a SIP URI stands in dest as one', () => {
  const hops = [{ from: '+12155550140', to: 'sip:alice@Example.com' }]
  expect(textsOf({ div: { orig: { tn: '12155550121' }, hops } })).toEqual([
    [
      'div',
      '{"dest":{"uri":["sip:alice@example.com"]},"div":{"tn":"12155550140"},"iat":1443208345,"orig":{"tn":"12155550121"}}',
    ],
  ])
})

test('RFC 8946: each hop of a diverted call, with the orig of the call as it came', () => {
  const hops = [
    { from: '+12155550140', to: '+12155550150' },
    { from: '+12155550150', to: '+12155550131' },
  ]
  expect(textsOf({ div: { orig: { tn: '12155550121' }, hops } })).toEqual([
    [
      'div',
      '{"dest":{"tn":["12155550150"]},"div":{"tn":"12155550140"},"iat":1443208345,"orig":{"tn":"12155550121"}}',
    ],
    [
      'div',
      '{"dest":{"tn":["12155550131"]},"div":{"tn":"12155550150"},"iat":1443208345,"orig":{"tn":"12155550121"}}',
    ],
  ])
})
