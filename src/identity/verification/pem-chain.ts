import { X509Certificate } from 'node:crypto'
import { x509 } from '../x509.ts'

/** A certificate as both of its readers see it: OpenSSL judges signatures, the library extensions. */
export interface ReadCertificate {
  readonly openssl: X509Certificate
  readonly fields: x509.X509Certificate
}

/** A leaf, its CA, that CA's CA, a root, and one more. */
const chainLengthMax = 5
const derSequence = 0x30

/**
 * The certificates of a chain, leaf first: PEM as RFC 8555 9.1 has it, text between the blocks
 * allowed, or the DER of one (RFC 2585 3). Undefined where one cannot be read, where there is none, or
 * where there are more than five.
 */
export function readChain(body: Buffer): readonly ReadCertificate[] | undefined {
  if (body[0] === derSequence) return readAll([body])
  return readAll(pemBlocks(body.toString('latin1'), 'CERTIFICATE').slice(0, chainLengthMax + 1))
}

/** Every certificate of a PEM file, however many; undefined where one cannot be read. */
export function readCertificates(pem: string): readonly ReadCertificate[] | undefined {
  const found = pemBlocks(pem, 'CERTIFICATE').map(readCertificate)
  return found.every((one) => one !== undefined) ? found : undefined
}

/** The DER of every block of one kind. */
export function pemBlocks(text: string, kind: 'CERTIFICATE' | 'X509 CRL'): readonly Buffer[] {
  const block = new RegExp(`-----BEGIN ${kind}-----([A-Za-z0-9+/=\\s]*)-----END ${kind}-----`, 'g')
  return [...text.matchAll(block)].map(([, base64 = '']) => Buffer.from(base64, 'base64'))
}

function readAll(ders: readonly Buffer[]): readonly ReadCertificate[] | undefined {
  if (ders.length === 0 || ders.length > chainLengthMax) return undefined
  const chain: ReadCertificate[] = []
  for (const der of ders) {
    const certificate = readCertificate(der)
    if (!certificate) return undefined
    chain.push(certificate)
  }
  return chain
}

/** OpenSSL reads first: it bounds how deep a structure may go. */
function readCertificate(der: Buffer): ReadCertificate | undefined {
  try {
    const openssl = new X509Certificate(der)
    // It also reads PEM out of what it is given, and leaves out what follows: nothing of that here.
    if (!openssl.raw.equals(der)) return undefined
    return { openssl, fields: new x509.X509Certificate(Uint8Array.from(der)) }
  } catch {
    return undefined
  }
}
