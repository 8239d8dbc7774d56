import type { CertificateKeys } from '../../keys/certificate-keys.ts'
import type { FindKey, Prove } from './proof.ts'

/** The connection's client certificate stands for the key that it is bound to. */
export function proveByCertificate(findKey: FindKey, bound: CertificateKeys): Prove<'certificate'> {
  return async ({ fingerprint }) => {
    const id = bound.keyOf(fingerprint)
    const key = id && (await findKey(id))
    // The store has the last word: the binding may have been taken away this moment.
    if (key?.certificates?.includes(fingerprint)) return { proven: true, key }
    return { proven: false, reason: 'credentials_missing', detail: 'certificate_unknown' }
  }
}
