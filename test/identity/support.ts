import { type KeyObject, verify } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadOrCreateCertificate } from '../../src/identity/certificates.ts'
import type { SigningCredential } from '../../src/identity/credential.ts'
import type { ShakenStatement } from '../../src/identity/passport.ts'
import type { Clock } from '../../src/kernel/clock.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { FakeClock } from '../support/fake-clock.ts'

export const x5u = 'https://cert.example.org/passport.cer'

/** The claims of RFC 8588 6, numbers in the form in which we get them. */
export const statement: ShakenStatement = {
  attestation: 'A',
  origE164: '+12155550121',
  destE164: '+12155550131',
  origId: '123e4567-e89b-12d3-a456-426655440000',
}

/** A directory of its own for each test, gone after it. */
export function temporaryDirectory(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'tollgate-identity-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** The certificate that a gate with this clock would use. */
export function certificateIn(
  dir: string,
  clock: Clock = new FakeClock(),
  spc = '709J',
): Promise<SigningCredential> {
  return loadOrCreateCertificate({ dir, spc, clock, random: systemRandom() })
}

/** Verifies as a carrier would, with nothing of ours and nothing of jose. */
export function verifies(identity: string, key: KeyObject): boolean {
  const [header = '', claims = '', signature = ''] = (identity.split(';')[0] ?? '').split('.')
  return verify(
    'sha256',
    Buffer.from(`${header}.${claims}`, 'ascii'),
    { key, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  )
}
