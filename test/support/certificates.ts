import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { addressBytes } from '../../src/engine/transport/address-bytes.ts'
import * as der from '../../src/identity/der.ts'

/** A certificate and its key, PEM. */
export interface TestCertificate {
  readonly certificate: string
  readonly key: string
}

/** A CA of a test's own. */
export interface TestCa {
  /** Its certificate, PEM. */
  readonly pem: string
  /** Issues a certificate for names such as `DNS:sip.example`, `URI:sip:example`, `IP:::1`. */
  issue(...names: readonly string[]): TestCertificate
}

interface Party {
  readonly name: Buffer
  readonly keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject }
}

const ecdsaWithSha256 = '1.2.840.10045.4.3.2'
const hourMs = 3_600_000

/** A fresh CA that issues certificates over P-256, valid for an hour around now. */
export function testCa(commonName = 'Test CA'): TestCa {
  const ca = party(commonName)
  const isCa = der.sequence(der.boolean(true))
  return {
    pem: certificate(ca, ca, [extension('2.5.29.19', isCa)]),
    issue: (...names) => {
      const subject = party('Test')
      const alternative = der.sequence(...names.map(generalName))
      return {
        certificate: certificate(subject, ca, [extension('2.5.29.17', alternative)]),
        key: subject.keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      }
    },
  }
}

function party(commonName: string): Party {
  const attribute = der.sequence(der.objectIdentifier('2.5.4.3'), der.utf8String(commonName))
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { name: der.sequence(der.set(attribute)), keys }
}

/** RFC 5280 4.1. */
function certificate(subject: Party, issuer: Party, extensions: readonly Buffer[]): string {
  const algorithm = der.sequence(der.objectIdentifier(ecdsaWithSha256))
  const body = der.sequence(
    der.explicit(0, der.unsigned(Buffer.from([2]))),
    der.unsigned(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    issuer.name,
    der.sequence(der.time(Date.now() - hourMs), der.time(Date.now() + hourMs)),
    subject.name,
    subject.keys.publicKey.export({ type: 'spki', format: 'der' }),
    der.explicit(3, der.sequence(...extensions)),
  )
  const signature = der.bitString(sign('sha256', body, issuer.keys.privateKey))
  const text = der.sequence(body, algorithm, signature).toString('base64')
  return `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`
}

function extension(type: string, value: Buffer): Buffer {
  return der.sequence(der.objectIdentifier(type), der.octetString(value))
}

/** RFC 5280 4.2.1.6: dNSName [2], uniformResourceIdentifier [6], iPAddress [7]. */
function generalName(name: string): Buffer {
  const value = name.slice(name.indexOf(':') + 1)
  if (name.startsWith('DNS:')) return der.element(0x82, Buffer.from(value))
  if (name.startsWith('URI:')) return der.element(0x86, Buffer.from(value))
  return der.element(0x87, addressBytes(value) ?? Buffer.from(value.split('.').map(Number)))
}
