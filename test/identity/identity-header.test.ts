import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatIdentityHeader, parseIdentityHeader } from '../../src/identity/identity-header.ts'
import { encodeClaims, passportHeader, shakenClaims } from '../../src/identity/passport.ts'
import { statement, x5u } from './support.ts'

const header = Buffer.from(JSON.stringify(passportHeader(x5u, 'shaken'))).toString('base64url')
const claims = Buffer.from(encodeClaims(shakenClaims(statement, 1443208345))).toString('base64url')
const jws = `${header}.${claims}.c2lnbmF0dXJl`

test('what is put together is taken apart again', () => {
  expect(parseIdentityHeader(formatIdentityHeader(jws, x5u))).toEqual({
    header: { alg: 'ES256', ppt: 'shaken', typ: 'passport', x5u },
    claims: shakenClaims(statement, 1443208345),
    signature: Buffer.from('signature'),
    parameters: { info: x5u, alg: 'ES256', ppt: 'shaken' },
  })
})

test('blanks around semicolons, a quoted ppt and a bare PASSporT are understood', () => {
  const spaced = `${jws} ; info=<${x5u}> ;ALG=ES256; ppt="shaken"`
  expect(parseIdentityHeader(spaced)?.parameters).toEqual({
    info: x5u,
    alg: 'ES256',
    ppt: 'shaken',
  })
  expect(parseIdentityHeader(jws)?.parameters).toEqual({})
})

test('what is not a full-form PASSporT is not taken for one', () => {
  for (const value of [
    '',
    `..c2lnbmF0dXJl;info=<${x5u}>`,
    `${header}.${claims}`,
    `${jws}.more`,
    `${jws};info`,
    `${jws};info=<${x5u}>;info=<${x5u}>`,
    `${jws};info=<a>b`,
    `bm90IGpzb24.${claims}.c2ln`,
    `WzFd.${claims}.c2ln`,
    'x'.repeat(20_000),
  ]) {
    expect(parseIdentityHeader(value)).toBeUndefined()
  }
})

test('no text makes it throw', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (one, two) => {
      parseIdentityHeader(one)
      parseIdentityHeader(`${jws};${one}=${two}`)
      parseIdentityHeader(`${Buffer.from(one).toString('base64url')}.${claims}.AA;${two}`)
    }),
  )
})
