import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { Random } from '../kernel/random.ts'
import { encodeTnAuthList, type TnEntry, tnAuthListId } from './tn-auth-list.ts'
import { x509 } from './x509.ts'

const hourMs = 3_600_000

/** Allows for a verifier whose clock is behind ours. */
const backdatedMs = hourMs
const serialBytes = 16

/** ATIS-1000080 6.4.1: the SHAKEN certificate policy, which verifiers look for. */
const shakenPolicy = '2.16.840.1.114569.1.1.3'

/** ES256: the one algorithm of RFC 8225 4. */
const ecdsa = { name: 'ECDSA', namedCurve: 'P-256' } as const
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' } as const

/** A name, RFC 5280 4.1.2.4. */
export interface Name {
  /** ISO 3166 alpha-2. */
  readonly country?: string | undefined
  readonly organization: string
  readonly commonName: string
}

/** A certificate, PEM, and the private key that it is of. */
export interface Issued {
  readonly privateKey: KeyObject
  readonly certificatePem: string
}

/** What a certificate is made with, besides what it says. */
export interface Making {
  readonly nowMs: number
  readonly validMs: number
  readonly random: Random
}

/** What a SHAKEN certificate says. */
export interface ShakenOrder {
  readonly name: Name
  readonly entries: readonly TnEntry[]
  /** Made afresh where there is none. P-256. */
  readonly privateKey?: KeyObject | undefined
}

/** A self-signed CA over P-256 that can have no other CA below it. */
export async function issueAuthority(name: Name, making: Making): Promise<Issued> {
  const privateKey = freshKey()
  const keys = keyPair(privateKey)
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...frame(making),
    name: nameOf(name),
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { privateKey, certificatePem: pem(certificate) }
}

/**
 * Issues a certificate of the form that SHAKEN uses (RFC 8226, ATIS-1000080): P-256, right below
 * its CA, for signatures alone, with its policy and a TNAuthList.
 */
export async function issueShaken(
  order: ShakenOrder,
  authority: Issued,
  making: Making,
): Promise<Issued> {
  const { name, entries, privateKey = freshKey() } = order
  const above = new x509.X509Certificate(authority.certificatePem)
  const { publicKey } = keyPair(privateKey)
  const certificate = await x509.X509CertificateGenerator.create({
    ...frame(making),
    subject: nameOf(name),
    issuer: above.subjectName,
    publicKey,
    signingKey: keyPair(authority.privateKey).privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.CertificatePolicyExtension([shakenPolicy]),
      tnAuthListExtension(entries),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(above),
    ],
  })
  return { privateKey, certificatePem: pem(certificate) }
}

/** A request to a CA, PEM, and the private key that it is for. */
export interface Requested {
  readonly privateKey: KeyObject
  readonly requestPem: string
}

/**
 * A certificate signing request (RFC 2986) as an STI-CA takes it: P-256, ECDSA with SHA-256, and the
 * TNAuthList among the extensions that are asked for. ATIS-1000080 6.3.5.
 */
export async function requestCertificate(order: ShakenOrder): Promise<Requested> {
  const { name, entries, privateKey = freshKey() } = order
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: nameOf(name),
    keys: keyPair(privateKey),
    signingAlgorithm,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      tnAuthListExtension(entries),
    ],
  })
  return { privateKey, requestPem: `${request.toString('pem')}\n` }
}

/** The extension of RFC 8226 9, not critical: who doesn't know it may go on. */
function tnAuthListExtension(entries: readonly TnEntry[]): x509.Extension {
  return new x509.Extension(tnAuthListId, false, encodeTnAuthList(entries))
}

function frame({ nowMs, validMs, random }: Making) {
  return {
    // RFC 5280 4.1.2.2: positive; the first byte makes it so even when all drawn ones are zero.
    serialNumber: `01${random.hex(serialBytes)}`,
    notBefore: new Date(nowMs - backdatedMs),
    notAfter: new Date(nowMs + validMs),
    signingAlgorithm,
  }
}

function freshKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: ecdsa.namedCurve }).privateKey
}

function keyPair(privateKey: KeyObject) {
  return {
    privateKey: privateKey.toCryptoKey(ecdsa, false, ['sign']),
    publicKey: createPublicKey(privateKey).toCryptoKey(ecdsa, true, ['verify']),
  }
}

function nameOf({ country, organization, commonName }: Name): x509.JsonName {
  const place = country === undefined ? [] : [{ C: [country] }]
  return [...place, { O: [organization] }, { CN: [commonName] }]
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem')}\n`
}
