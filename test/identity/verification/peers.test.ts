import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readCertificates } from '../../../src/identity/verification/pem-chain.ts'
import { x5u } from './forge.ts'
import { Lab, page } from './lab.ts'

// Identity fields as two other programs wrote them, libstirshaken (cb6ede4) and secsipidx (1.3.2),
// recorded with the certificates of their keys: each is looked at a second after it was signed.

interface Recorded {
  readonly by: string
  readonly signedAtS: number
  readonly identity: string
  readonly attestation?: string
}

interface Vectors {
  readonly root: string
  readonly certificate: string
  readonly headers: readonly Recorded[]
  readonly withOwnCertificate: Recorded & { readonly root: string; readonly certificate: string }
}

const file = new URL('peer-vectors.json', import.meta.url)
const vectors: Vectors = JSON.parse(readFileSync(file, 'utf8'))

/** A lab in which a chain stands at the usual URL, and one root is trusted, at that moment. */
async function labOf(certificate: string, root: string, signedAtS: number): Promise<Lab> {
  const lab = await Lab.open({ anchors: readCertificates(root) ?? [] })
  lab.pages.set(x5u, page(certificate))
  lab.clock.advance((signedAtS + 1) * 1000 - lab.clock.now())
  return lab
}

describe('headers that others signed', () => {
  test.each(vectors.headers)('$by is verified', async ({ identity, signedAtS, attestation }) => {
    const lab = await labOf(vectors.certificate, vectors.root, signedAtS)
    expect(await lab.verify(identity)).toMatchObject({
      verstat: 'TN-Validation-Passed',
      attestation,
    })
    const other = { dest: [{ tn: '+12155550132' }] }
    expect((await lab.verify(identity, other)).failure?.fault).toBe('dest_mismatch')
  })

  test('a certificate as libstirshaken makes it says nothing of whom it speaks for', async () => {
    const { root, certificate, identity, signedAtS } = vectors.withOwnCertificate
    const lab = await labOf(certificate, root, signedAtS)
    // Its TNAuthList is a URI, and it has neither a key usage nor a policy.
    expect((await lab.verify(identity)).failure?.fault).toBe('certificate_unfit')
  })
})
