import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Rules } from '../../src/admission/rules.ts'
import { reload } from '../../src/app/reload.ts'
import { openVerification, type Verifying } from '../../src/app/verification.ts'
import type { Settings } from '../../src/config/load.ts'
import { loadSettings } from '../../src/config/load.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { callee, caller, forge, shakenClaims } from '../identity/verification/forge.ts'
import { type Holder, issue, revocationList } from '../identity/verification/pki.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { openSigningCarrier } from '../support/signing-carrier.ts'

const clock = new FakeClock()
const nowMs = clock.now()
let folder: string
let root: Holder

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tollgate-verification-'))
  root = await issue({ ca: true, nowMs })
  put('anchors.pem', root.pem)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function put(name: string, content: string | Buffer): string {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

function valuesOf(verification: object) {
  return loadSettings(put('tollgate.yaml', JSON.stringify({ verification })), {}).values
}

const anchored = () => ({ trustAnchors: join(folder, 'anchors.pem') })

describe('opening the verification of callers', () => {
  test('a call that was explained may still come with the PASSporT that was asked about', async () => {
    await using carrier = await openSigningCarrier(folder)
    const values = valuesOf(carrier.verification)
    const { service, explaining } = openVerification({
      values,
      clock: systemClock(),
      logger: silentLogger,
    })
    const call = (sipCallId: string, identity: string) => ({
      sipCallId,
      orig: { tn: '+12125550150' },
      dest: [{ tn: '+12125550199' }],
      identityHeaders: [identity],
      dateHeader: undefined,
      receivedAtMs: Date.now(),
    })
    const identity = await carrier.identity('+12125550150', '+12125550199')
    const passed = { verstat: 'TN-Validation-Passed', attestation: 'A' }
    expect(await explaining.verify(call('explained', identity))).toMatchObject(passed)
    expect(await service.verify(call('a@b', identity))).toMatchObject(passed)
    expect(await explaining.verify(call('explained', identity))).toMatchObject(passed)
    expect((await service.verify(call('c@d', identity))).failure?.fault).toBe('replayed')
  })

  test('without trust anchors no caller is verified, and nothing is read again', async () => {
    const { service, readTrust } = openVerification({
      values: valuesOf({}),
      clock,
      logger: silentLogger,
    })
    const call = {
      sipCallId: 'a@b',
      orig: { tn: `+${caller}` },
      dest: [{ tn: `+${callee}` }],
      identityHeaders: [forge({ key: root.privateKey, claims: shakenClaims(nowMs) })],
      dateHeader: undefined,
      receivedAtMs: nowMs,
    }
    expect((await service.verify(call)).verstat).toBe('No-TN-Validation')
    expect(readTrust()).toBeUndefined()
  })

  test('a file that cannot be used is named, at the start and when read again', async () => {
    const { readTrust } = openVerification({
      values: valuesOf(anchored()),
      clock,
      logger: silentLogger,
    })
    expect(readTrust()?.anchors).toHaveLength(1)
    put('anchors.pem', `${root.pem}\n${(await issue({ ca: true, nowMs })).pem}`)
    expect(readTrust()?.anchors).toHaveLength(2)
    put('anchors.pem', 'hello')
    expect(readTrust).toThrow(/anchors\.pem: must hold certificates in PEM form/)
    rmSync(join(folder, 'anchors.pem'))
    expect(readTrust).toThrow(/verification\.trustAnchors: cannot be read/)
    expect(() =>
      openVerification({ values: valuesOf(anchored()), clock, logger: silentLogger }),
    ).toThrow('cannot be read')
  })

  test('revocation lists and who signs them are read, and a broken one is named', async () => {
    const list = await revocationList(root, { revoked: [], nowMs })
    const pa = await issue({ ca: true, subject: 'CN=STI-PA', nowMs })
    const values = valuesOf({
      ...anchored(),
      revocationLists: [put('crl.pem', list)],
      revocationIssuers: put('pa.pem', pa.pem),
      revocation: 'required',
      certificatePolicies: [],
    })
    const trust = openVerification({ values: values, clock, logger: silentLogger }).readTrust()
    expect(trust).toMatchObject({ revocation: 'required', policies: [] })
    expect([trust?.lists.length, trust?.listIssuers.length]).toEqual([1, 2])
    put('crl.pem', 'hello')
    expect(() => openVerification({ values: values, clock, logger: silentLogger })).toThrow(
      /crl\.pem: is not a revocation list/,
    )
  })

  test.each([
    [{ allowedHosts: ['cert.lab.test:9443'] }, 'verification.allowedHosts[0]'],
    [{ allowedHosts: ['cert.lab.test:99999=127.0.0.1'] }, 'verification.allowedHosts[0]'],
    [{ allowedHosts: ['cert.lab.test:9443=localhost'] }, 'verification.allowedHosts[0]'],
    [{ certificatePolicies: ['any'] }, 'verification.certificatePolicies[0]'],
    [{ freshnessS: 0 }, 'verification.freshnessS'],
    [{ revocation: 'sometimes' }, 'verification.revocation'],
  ])('%j is no setting', (verification, path) => {
    expect(() => valuesOf(verification)).toThrow(path)
  })
})

describe('reading files again', () => {
  async function reloading(verifying: Pick<Verifying, 'readTrust' | 'useTrust'>) {
    const used: string[] = []
    const settings = { directory: {} } as Settings
    const failure = await reload({
      readFile: undefined,
      next: () => ({ revision: 0, file: settings, settings }),
      goBy: async () => void used.push('declared'),
      readTls: () => undefined,
      useTls: undefined,
      readRules: async () => ({}) as Rules,
      identity: { read: async () => ({}) as never },
      api: undefined,
      verifying: { readTrust: () => verifying.readTrust(), useTrust: () => used.push('trust') },
    }).then(
      () => undefined,
      (error: Error) => error.message,
    )
    return { used, failure }
  }

  test('has callers judged by what is in the files now', async () => {
    const verifying = openVerification({
      values: valuesOf(anchored()),
      clock,
      logger: silentLogger,
    })
    expect(await reloading(verifying)).toEqual({
      used: ['trust', 'declared'],
      failure: undefined,
    })
  })

  test('uses nothing where the trust anchors cannot be used', async () => {
    const verifying = openVerification({
      values: valuesOf(anchored()),
      clock,
      logger: silentLogger,
    })
    put('anchors.pem', 'hello')
    expect(await reloading(verifying)).toEqual({
      used: [],
      failure: expect.stringContaining('anchors.pem: must hold certificates in PEM form'),
    })
  })
})
