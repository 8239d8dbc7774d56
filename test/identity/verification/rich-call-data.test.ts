import { describe, expect, test } from 'vitest'
import { shakenClaims, x5u } from './forge.ts'
import { Lab } from './lab.ts'

const digest = `sha256-${'A'.repeat(43)}=`
const icn = 'https://cdn.example.org/logo.png'
const header = { alg: 'ES256', ppt: 'rcd', typ: 'passport', x5u }

/** A call with a shaken PASSporT and one with these rich claims. */
async function verified(rich: Readonly<Record<string, unknown>>) {
  const lab = await Lab.open()
  const { dest, iat, orig } = shakenClaims(lab.clock.now())
  const own = lab.identity({ header, claims: { dest, iat, orig, ...rich } })
  return lab.verify([lab.identity(), own])
}

describe('rich call data', () => {
  test('is told once a valid PASSporT carries it', async () => {
    const rich = { rcd: { nam: 'Bank of Iowa', icn }, rcdi: { '/icn': digest }, crn: 'Your card' }
    expect(await verified(rich)).toMatchObject({
      verstat: 'TN-Validation-Passed',
      rcd: { name: 'Bank of Iowa', iconUrl: icn, iconDigest: digest, reason: 'Your card' },
    })
  })

  test('a logo without a digest is not told', async () => {
    const { rcd } = await verified({ rcd: { nam: 'Bank of Iowa', icn } })
    expect(rcd?.name).toBe('Bank of Iowa')
    expect(rcd?.iconUrl).toBeUndefined()
  })

  test('within a shaken PASSporT it is told too', async () => {
    const lab = await Lab.open()
    const claims = { ...shakenClaims(lab.clock.now()), rcd: { nam: 'Bank of Iowa' } }
    expect(await lab.verify(lab.identity({ claims }))).toMatchObject({
      rcd: { name: 'Bank of Iowa' },
    })
  })

  test('a broken one within a shaken PASSporT is left out, and the caller is verified', async () => {
    const lab = await Lab.open()
    const claims = { ...shakenClaims(lab.clock.now()), rcd: { nam: 7 } }
    const found = await lab.verify(lab.identity({ claims }))
    expect(found.verstat).toBe('TN-Validation-Passed')
    expect(found.rcd).toBeUndefined()
  })

  test('alone it verifies nobody', async () => {
    const lab = await Lab.open()
    const { dest, iat, orig } = shakenClaims(lab.clock.now())
    const claims = { dest, iat, orig, rcd: { nam: 'Bank of Iowa' } }
    const found = await lab.verify(lab.identity({ header, claims }))
    expect(found).toMatchObject({
      verstat: 'No-TN-Validation',
      failure: { fault: 'unsupported_only' },
    })
    expect(found.rcd).toBeUndefined()
  })

  test.each([
    ['nothing', {}],
    ['no name', { rcd: { icn } }],
    ['a name that is none', { rcd: { nam: ['x'] } }],
    ['a name of two lines', { rcd: { nam: 'Bank\r\nEvil: yes' } }],
    ['a name that turns the line around', { rcd: { nam: 'knaB \u202e' } }],
    ['a name that is too long', { rcd: { nam: 'x'.repeat(257) } }],
    ['a card and the address of one', { rcd: { nam: 'x', jcd: {}, jcl: 'https://x.org/card' } }],
    ['a logo that is no text', { rcd: { nam: 'x', icn: 7 } }],
    ['an rcd that is a list', { rcd: [{ nam: 'x' }] }],
    ['a digest that is none', { rcd: { nam: 'x', icn }, rcdi: { '/icn': 'md5-abc' } }],
    ['digests that are no object', { rcd: { nam: 'x', icn }, rcdi: [digest] }],
    ['a digest of no pointer', { rcd: { nam: 'x', icn }, rcdi: { icn: digest } }],
    ['no digest at all in rcdi', { rcd: { nam: 'x' }, rcdi: {} }],
    ['a reason of two lines', { rcd: { nam: 'x' }, crn: 'a\nb' }],
  ])('with %s it is none', async (_name, rich) => {
    const found = await verified(rich)
    expect(found.passports[1]).toMatchObject({ outcome: 'invalid', fault: 'rcd_mismatch' })
    expect(found.verstat).toBe('TN-Validation-Passed')
    expect(found.rcd).toBeUndefined()
  })

  test('of another caller is none', async () => {
    expect((await verified({ rcd: { nam: 'x' }, orig: { tn: '12155550122' } })).rcd).toBeUndefined()
  })
})
