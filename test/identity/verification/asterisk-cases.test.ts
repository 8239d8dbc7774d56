import { describe, expect, test } from 'vitest'
import { stirReasons } from '../../../src/domain/stir-reasons.ts'
import type { Verification } from '../../../src/domain/verification.ts'
import { shakenClaims, shakenHeader } from './forge.ts'
import { Lab, trustIn } from './lab.ts'
import { issue } from './pki.ts'

// The nine STIR/SHAKEN cases of Asterisk's test suite, tests/channels/pjsip/stir_shaken, by their
// names there. What it calls its results stands in the comments.

describe("Asterisk's cases", () => {
  test('acl_fail: the certificate may not be fetched from where it is', async () => {
    const lab = await Lab.open()
    lab.addresses.set('cert.example.org', ['127.0.0.4'])
    // cert_retrieval_failure
    expect(faultOf(await lab.verify(lab.identity()))).toBe('address_forbidden')
  })

  test('anon_callerid: who names nobody cannot be verified', async () => {
    const lab = await Lab.open()
    // invalid_or_no_callerid
    for (const headers of [[], [lab.identity()]]) {
      const found = await lab.verify(headers, { orig: undefined })
      expect(found.verstat).toBe('No-TN-Validation')
    }
  })

  test('exp_ca: the CA has expired', async () => {
    const lab = await Lab.open()
    const nowMs = lab.clock.now()
    const root = await issue({ ca: true, nowMs, untilMs: nowMs - 1000 })
    const leaf = await issue({ issuer: root, nowMs })
    lab.chains.useTrust(trustIn(root))
    lab.serve(leaf)
    // cert_not_trusted
    const found = await lab.verify(lab.identity({ key: leaf.privateKey }))
    expect(faultOf(found)).toBe('certificate_expired')
  })

  test('fail_return_reason: the call goes on, and the caller hears why it is not verified', async () => {
    const lab = await Lab.open()
    expect(stirReasons(await lab.verify([]))).toEqual([
      'STIR ;cause=428 ;text="Use Identity Header"',
    ])
  })

  test('no_identity: nothing came', async () => {
    const lab = await Lab.open()
    // missing_identity_hdr
    expect(faultOf(await lab.verify([]))).toBe('identity_missing')
  })

  test('sig_fail: signed by a key that is not the certificate', async () => {
    const lab = await Lab.open()
    const other = await issue({ issuer: lab.root, nowMs: lab.clock.now() })
    // signature_validation
    expect(faultOf(await lab.verify(lab.identity({ key: other.privateKey })))).toBe(
      'signature_invalid',
    )
  })

  test('success: the caller is verified', async () => {
    const lab = await Lab.open()
    expect(await lab.verify(lab.identity())).toMatchObject({ verstat: 'TN-Validation-Passed' })
  })

  test('success_unknown_tn: so is one that its provider attests less', async () => {
    const lab = await Lab.open()
    const claims = { ...shakenClaims(lab.clock.now()), attest: 'C' }
    expect(await lab.verify(lab.identity({ header: shakenHeader(), claims }))).toMatchObject({
      verstat: 'TN-Validation-Passed',
      attestation: 'C',
    })
  })

  test('tn_mismatch: the caller names another number than was signed', async () => {
    const lab = await Lab.open()
    const found = await lab.verify(lab.identity(), { orig: { tn: '+18005551111' } })
    // cid_orig_tn_mismatch
    expect(faultOf(found)).toBe('orig_mismatch')
  })
})

function faultOf({ failure }: Verification): string | undefined {
  return failure?.fault
}
