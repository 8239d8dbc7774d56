import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import type { Secret } from '../kernel/secret.ts'
import { decodeTnAuthList, type TnEntry, tnAuthListId } from './tn-auth-list.ts'
import { x509 } from './x509.ts'

/** More certificates than any chain has. */
const chainMax = 10
const certificatePem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** What calls are signed with: a key, and the chain of its certificate. */
export interface SigningCredential {
  readonly privateKey: KeyObject
  /** The certificate of the key, then each that has signed the one before it: RFC 8555 9.1. */
  readonly chainPem: string
  readonly entries: readonly TnEntry[]
  readonly notBeforeMs: number
  readonly notAfterMs: number
}

/**
 * A signing key from PEM, PKCS#8 or SEC 1 (RFC 5915), with the chain of its certificate. Throws an
 * error whose message quotes nothing of the key where it is not a P-256 key (RFC 8225 4: ES256), the
 * first certificate is not of that key or says for whom it speaks (RFC 8226), or one is not signed
 * by the next.
 */
export function readCredential(keyPem: Secret, chainPem: string): SigningCredential {
  const privateKey = readKey(keyPem)
  const chain = (chainPem.match(certificatePem) ?? []).map((pem) => new X509Certificate(pem))
  const [leaf] = chain
  if (!leaf || chain.length > chainMax) {
    throw new Error(`a chain of 1 to ${chainMax} certificates is needed`)
  }
  if (!leaf.checkPrivateKey(privateKey))
    throw new Error('the certificate does not belong to this key')
  for (const [index, above] of chain.slice(1).entries()) {
    if (!chain[index]?.verify(above.publicKey)) {
      throw new Error(`certificate ${index + 1} is not signed by the one after it`)
    }
  }
  return {
    privateKey,
    chainPem: chain.map((certificate) => certificate.toString()).join(''),
    entries: entriesOf(leaf),
    notBeforeMs: leaf.validFromDate.getTime(),
    notAfterMs: leaf.validToDate.getTime(),
  }
}

function readKey(keyPem: Secret): KeyObject {
  let privateKey: KeyObject
  try {
    privateKey = createPrivateKey(keyPem.reveal())
  } catch {
    // What OpenSSL says is dropped: nobody can tell what of the text it quotes.
    throw new Error('the key is not PEM of an unencrypted private key')
  }
  if (privateKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new Error('the key is not a P-256 key')
  }
  return privateKey
}

function entriesOf(leaf: X509Certificate): readonly TnEntry[] {
  const list = new x509.X509Certificate(leaf.raw).getExtension(tnAuthListId)
  const entries = list && decodeTnAuthList(Buffer.from(list.value))
  if (!entries) throw new Error('the certificate has no TNAuthList: it speaks for nobody')
  return entries
}

/** Throws where the certificate is not yet, or no longer, in force. */
export function checkInForce({ notBeforeMs, notAfterMs }: SigningCredential, nowMs: number): void {
  if (nowMs >= notAfterMs) throw new Error('the certificate has expired')
  if (nowMs < notBeforeMs) throw new Error('the certificate is not in force yet')
}
