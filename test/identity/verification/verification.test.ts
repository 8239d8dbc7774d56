import { describe, expect, test } from 'vitest'
import { encode, forge, origId, shakenClaims, signed, x5u } from './forge.ts'
import { Lab } from './lab.ts'

const passed = { verstat: 'TN-Validation-Passed' }
const failed = (fault: string) => ({ verstat: 'TN-Validation-Failed', failure: { fault } })

describe('a caller who is who it says', () => {
  test('is verified, with attestation, origid and certificate', async () => {
    const lab = await Lab.open()
    const found = await lab.verify(lab.identity())
    expect(found).toMatchObject({
      ...passed,
      attestation: 'A',
      origId,
      certificate: { subject: 'O=Carrier, CN=SHAKEN 709J', spcs: ['709J'] },
      passports: [{ ppt: 'shaken', outcome: 'valid' }],
    })
    expect(found.failure).toBeUndefined()
  })

  test.each([
    ['blanks around every sign', `; info = <${x5u}> ; alg = ES256 ; ppt = shaken `],
    ['alg and ppt in quotes', `;info=<${x5u}>;alg="ES256";ppt="shaken"`],
    ['no alg, which means ES256', `;info=<${x5u}>;ppt=shaken`],
    ['names in capitals', `;INFO=<${x5u}>;ALG=ES256;PPT=shaken`],
    ['parameters that nobody knows', `;info=<${x5u}>;alg=ES256;ppt=shaken;new;other="a;b,c"`],
    ['a line that goes on in the next', `;info=<${x5u}>\r\n ;alg=ES256;ppt=shaken`],
  ])('is verified with %s', async (_name, parameters) => {
    const lab = await Lab.open()
    expect(await lab.verify(lab.identity({ parameters }))).toMatchObject(passed)
  })

  test.each([
    ['60 s old', -60],
    ['60 s ahead', 60],
  ])('is verified with a PASSporT that is %s', async (_name, seconds) => {
    const lab = await Lab.open()
    const claims = shakenClaims(lab.clock.now() + seconds * 1000)
    expect(await lab.verify(lab.identity({ claims }))).toMatchObject(passed)
  })

  test('is verified where the callee is one of several', async () => {
    const lab = await Lab.open()
    const base = shakenClaims(lab.clock.now())
    const dest = { tn: ['12155550199', ...base.dest.tn], uri: ['sip:x@example.com'] }
    expect(await lab.verify(lab.identity({ claims: { ...base, dest } }))).toMatchObject(passed)
  })

  test('is verified with a Date of now', async () => {
    const lab = await Lab.open()
    const dateHeader = new Date(lab.clock.now()).toUTCString()
    expect(await lab.verify(lab.identity(), { dateHeader })).toMatchObject(passed)
  })

  test('claims that nobody knows change nothing', async () => {
    const lab = await Lab.open()
    const claims = { ...shakenClaims(lab.clock.now()), mky: [{ alg: 'sha-256' }], exp: 1 }
    expect(await lab.verify(lab.identity({ claims }))).toMatchObject({
      ...passed,
      attestation: 'A',
    })
  })
})

describe('who cannot be verified', () => {
  test('a call without any Identity field has nothing to verify', async () => {
    const lab = await Lab.open()
    expect(await lab.verify([])).toEqual({
      verstat: 'No-TN-Validation',
      passports: [],
      failure: { status: 428, phrase: 'Use Identity Header', fault: 'identity_missing' },
    })
  })

  test('a call that names no caller has nobody to verify, whatever it brings', async () => {
    const lab = await Lab.open()
    const found = await lab.verify(lab.identity(), { orig: undefined })
    expect(found).toMatchObject({
      verstat: 'No-TN-Validation',
      failure: { fault: 'caller_missing' },
    })
    expect(lab.connections).toEqual([])
  })

  test('a PASSporT of another caller or callee is none of this call', async () => {
    const lab = await Lab.open()
    const other = { orig: { tn: '+12155550122' } }
    expect(await lab.verify(lab.identity(), other)).toMatchObject(failed('orig_mismatch'))
    const elsewhere = { dest: [{ tn: '+12155550132' }] }
    expect(await lab.verify(lab.identity(), elsewhere)).toMatchObject(failed('dest_mismatch'))
    expect(await lab.verify(lab.identity(), { dest: [] })).toMatchObject(failed('dest_mismatch'))
    expect(lab.connections).toEqual([])
  })
})

describe('several Identity fields', () => {
  test('one that holds is enough, and the others are reported', async () => {
    const lab = await Lab.open()
    const stale = lab.identity({ claims: shakenClaims(lab.clock.now() - 100_000) })
    const found = await lab.verify([stale, lab.identity()])
    expect(found).toMatchObject(passed)
    expect(found.passports).toMatchObject([
      { outcome: 'invalid', fault: 'iat_stale' },
      { outcome: 'valid' },
    ])
  })

  test('where two attest differently the lower holds', async () => {
    const lab = await Lab.open()
    const of = (attest: string) =>
      lab.identity({ claims: { ...shakenClaims(lab.clock.now()), attest } })
    expect(await lab.verify([of('A'), of('C'), of('B')])).toMatchObject({ attestation: 'C' })
  })

  test('kinds that are not known are ignored and reported', async () => {
    const lab = await Lab.open()
    const header = { alg: 'ES256', ppt: 'rph', typ: 'passport', x5u }
    const found = await lab.verify([lab.identity({ header }), lab.identity()])
    expect(found).toMatchObject({ ...passed, passports: [{ ppt: 'rph', outcome: 'ignored' }, {}] })
    const alone = await lab.verify(lab.identity({ header }))
    expect(alone).toMatchObject({
      verstat: 'No-TN-Validation',
      failure: { status: 428, fault: 'unsupported_only' },
    })
  })

  test('more than eight are not looked at', async () => {
    const lab = await Lab.open()
    const found = await lab.verify(Array.from({ length: 9 }, () => lab.identity()))
    expect(found).toMatchObject(failed('headers_too_many'))
    expect(lab.connections).toEqual([])
  })

  test('two in one field, with a comma between them, are none', async () => {
    const lab = await Lab.open()
    const found = await lab.verify(`${lab.identity()}, ${lab.identity()}`)
    expect(found).toMatchObject(failed('header_malformed'))
  })
})

describe('a base PASSporT', () => {
  const header = { alg: 'ES256', typ: 'passport', x5u }

  test('verifies the caller and attests nothing', async () => {
    const lab = await Lab.open()
    const { dest, iat, orig } = shakenClaims(lab.clock.now())
    const found = await lab.verify(lab.identity({ header, claims: { dest, iat, orig } }))
    expect(found).toMatchObject(passed)
    expect(found.attestation).toBeUndefined()
  })

  test('is rebuilt from the call where it comes in compact form', async () => {
    const lab = await Lab.open()
    const { dest, iat, orig } = shakenClaims(lab.clock.now())
    const text = JSON.stringify({ dest, iat, orig })
    const signature = signed(
      `${encode(JSON.stringify(header))}.${encode(text)}`,
      lab.leaf.privateKey,
    )
    const compact = `..${signature};info=<${x5u}>`
    const dateHeader = new Date(lab.clock.now()).toUTCString()
    const also = [{ uri: 'sip:bob@example.com' }, { tn: '+12155550131' }]
    expect(await lab.verify(compact, { dateHeader, dest: also })).toMatchObject(passed)
    expect(await lab.verify(compact)).toMatchObject(failed('not_reconstructible'))
    const later = new Date(lab.clock.now() + 1000).toUTCString()
    expect(await lab.verify(compact, { dateHeader: later })).toMatchObject(
      failed('signature_invalid'),
    )
    const dest2 = [{ tn: '+12155550132' }]
    expect(await lab.verify(compact, { dateHeader, dest: dest2 })).toMatchObject(
      failed('signature_invalid'),
    )
  })
})

describe('a PASSporT that comes again', () => {
  test('with another call is a replay, with the same call it is not', async () => {
    const lab = await Lab.open()
    const identity = lab.identity()
    const again = { sipCallId: 'one@example.org' }
    expect(await lab.verify(identity, again)).toMatchObject(passed)
    expect(await lab.verify(identity, again)).toMatchObject(passed)
    expect(await lab.verify(identity)).toMatchObject(failed('replayed'))
  })

  test('is forgotten once it is stale anyway', async () => {
    const lab = await Lab.open()
    await lab.verify(lab.identity())
    expect(lab.replays.size).toBe(1)
    lab.clock.advance(181_000)
    await lab.verify(lab.identity())
    expect(lab.replays.size).toBe(1)
  })

  test('is a replay also when the clock has jumped ahead and back in between', async () => {
    const lab = await Lab.open()
    const identity = lab.identity()
    expect(await lab.verify(identity)).toMatchObject(passed)
    lab.clock.setWallBy(86_400_000)
    expect(await lab.verify(lab.identity())).toMatchObject(passed)
    lab.clock.setWallBy(-86_400_000)
    expect(await lab.verify(identity)).toMatchObject(failed('replayed'))
  })

  test('one that does not hold is not remembered', async () => {
    const lab = await Lab.open()
    await lab.verify(lab.identity({ signature: () => Buffer.alloc(64, 1).toString('base64url') }))
    expect(lab.replays.size).toBe(0)
  })
})

describe('a part that fails', () => {
  test('leaves the caller unverified, never the call undecided', async () => {
    const lab = await Lab.open()
    const call = lab.call([forge({ key: lab.leaf.privateKey })])
    const broken = { ...call, identityHeaders: [undefined as unknown as string] }
    expect(await lab.service.verify(broken)).toMatchObject(failed('internal_error'))
  })
})
