import { describe, expect, test } from 'vitest'
import { callee, caller, shakenClaims, x5u } from './forge.ts'
import { Lab } from './lab.ts'
import { issue } from './pki.ts'

const first = callee
const second = '12155550141'
const third = '12155550151'
const header = { alg: 'ES256', ppt: 'div', typ: 'passport', x5u }
const dest = (tn: string) => ({ dest: [{ tn: `+${tn}` }] })

function diverted(
  lab: Lab,
  from: string,
  to: string,
  more: Readonly<Record<string, unknown>> = {},
) {
  const claims = {
    dest: { tn: [to] },
    div: { tn: from },
    iat: Math.floor(lab.clock.now() / 1000),
    orig: { tn: caller },
    ...more,
  }
  return lab.identity({ header, claims })
}

describe('a diverted call', () => {
  test('is verified by the chain from the first callee to the last', async () => {
    const lab = await Lab.open()
    const headers = [diverted(lab, second, third), lab.identity(), diverted(lab, first, second)]
    expect(await lab.verify(headers, dest(third))).toMatchObject({
      verstat: 'TN-Validation-Passed',
      attestation: 'A',
      divertedFrom: [first, second],
      passports: [{ outcome: 'valid' }, { outcome: 'valid' }, { outcome: 'valid' }],
    })
  })

  test('has rung elsewhere, so that its first PASSporT may be three minutes old', async () => {
    const lab = await Lab.open()
    const original = lab.identity()
    lab.clock.advance(179_000)
    const headers = [original, diverted(lab, first, second)]
    expect((await lab.verify(headers, dest(second))).verstat).toBe('TN-Validation-Passed')
    lab.clock.advance(2000)
    const late = [
      lab.identity({ claims: shakenClaims(lab.clock.now() - 181_000) }),
      headers[1] ?? '',
    ]
    expect((await lab.verify(late, dest(second))).failure?.fault).toBe('iat_stale')
  })

  test('keeps the moment of the first PASSporT, and its Date, for three minutes and no longer', async () => {
    const lab = await Lab.open()
    const headers = [lab.identity(), diverted(lab, first, second)]
    const dateHeader = new Date(lab.clock.now()).toUTCString()
    const call = { ...dest(second), dateHeader, sipCallId: 'one@example.org' }
    lab.clock.advance(180_000)
    expect((await lab.verify(headers, call)).verstat).toBe('TN-Validation-Passed')
    lab.clock.advance(1000)
    expect((await lab.verify(headers, call)).failure?.fault).toBe('date_stale')
    const undated = { ...call, dateHeader: undefined }
    expect((await lab.verify(headers, undated)).failure?.fault).toBe('iat_stale')
  })

  test('a diversion of nothing keeps no PASSporT fresh', async () => {
    const lab = await Lab.open()
    const headers = [lab.identity(), diverted(lab, second, third)]
    lab.clock.advance(61_000)
    expect((await lab.verify(headers)).failure?.fault).toBe('iat_stale')
  })

  test.each([
    ['without the diversion', (lab: Lab) => [lab.identity()], 'dest_mismatch'],
    ['without the first PASSporT', (lab: Lab) => [diverted(lab, first, second)], 'div_broken'],
    [
      'with a diversion from somebody else',
      (lab: Lab) => [lab.identity(), diverted(lab, third, second)],
      'dest_mismatch',
    ],
    [
      'with a diversion to somebody else',
      (lab: Lab) => [lab.identity(), diverted(lab, first, third)],
      'dest_mismatch',
    ],
    [
      'with a diversion of another caller',
      (lab: Lab) => [lab.identity(), diverted(lab, first, second, { orig: { tn: '12155550122' } })],
      'dest_mismatch',
    ],
    [
      'with a diversion that has no div',
      (lab: Lab) => [lab.identity(), diverted(lab, first, second, { div: undefined })],
      'dest_mismatch',
    ],
    [
      'with a div that is a list',
      (lab: Lab) => [lab.identity(), diverted(lab, first, second, { div: { tn: [first] } })],
      'dest_mismatch',
    ],
    [
      'with a diversion that leads to itself',
      (lab: Lab) => [lab.identity(), diverted(lab, second, second)],
      'dest_mismatch',
    ],
  ])('is not verified %s', async (_name, headers, fault) => {
    const lab = await Lab.open()
    const found = await lab.verify(headers(lab), dest(second))
    expect(found.verstat).toBe('TN-Validation-Failed')
    expect(found.failure?.fault).toBe(fault)
  })

  test('is not verified where one diversion is signed by somebody else', async () => {
    const lab = await Lab.open()
    const other = await issue({ nowMs: lab.clock.now() })
    const false_ = lab.identity({
      header,
      key: other.privateKey,
      claims: {
        dest: { tn: [second] },
        div: { tn: first },
        iat: Math.floor(lab.clock.now() / 1000),
        orig: { tn: caller },
      },
    })
    const found = await lab.verify([lab.identity(), false_], dest(second))
    expect(found.passports).toMatchObject([{ fault: 'div_broken' }, { fault: 'signature_invalid' }])
    expect(found.verstat).toBe('TN-Validation-Failed')
  })

  test('who diverts has to speak for the number that it diverts from', async () => {
    const lab = await Lab.open()
    const url = 'https://cert.example.org/div.pem'
    const signer = await issue({
      issuer: lab.root,
      nowMs: lab.clock.now(),
      entries: [{ one: first }],
    })
    lab.serve(signer, url)
    const signedBy = (from: string, to: string) =>
      lab.identity({
        header: { ...header, x5u: url },
        key: signer.privateKey,
        claims: {
          dest: { tn: [to] },
          div: { tn: from },
          iat: Math.floor(lab.clock.now() / 1000),
          orig: { tn: caller },
        },
      })
    const right = await lab.verify([lab.identity(), signedBy(first, second)], dest(second))
    expect(right.verstat).toBe('TN-Validation-Passed')
    const chain = [lab.identity(), diverted(lab, first, second), signedBy(second, third)]
    expect((await lab.verify(chain, dest(third))).passports[2]?.fault).toBe('tn_not_covered')
  })

  test('a ring of diversions ends', async () => {
    const lab = await Lab.open()
    const ring = [diverted(lab, second, third), diverted(lab, third, second)]
    const found = await lab.verify([...ring, lab.identity()], dest(third))
    expect(found.verstat).toBe('TN-Validation-Failed')
  })

  test('a diversion beside a call that came straight here is reported', async () => {
    const lab = await Lab.open()
    const found = await lab.verify([lab.identity(), diverted(lab, second, third)])
    expect(found).toMatchObject({
      verstat: 'TN-Validation-Passed',
      passports: [{}, { fault: 'div_broken' }],
    })
  })
})
