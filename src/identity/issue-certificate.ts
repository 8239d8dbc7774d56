import { generateKeyPairSync, hash, type KeyObject, sign } from 'node:crypto'
import type { Random } from '../kernel/random.ts'
import * as der from './der.ts'
import { tnAuthListExtension } from './tn-auth-list.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Allows for a verifier whose clock is behind ours. */
const backdatedMs = hourMs
const validMs = 365 * dayMs

// biome-ignore format: one identifier a line
const id = {
  commonName:       '2.5.4.3',
  organization:     '2.5.4.10',
  subjectKey:       '2.5.29.14',
  keyUsage:         '2.5.29.15',
  basicConstraints: '2.5.29.19',
  authorityKey:     '2.5.29.35',
  ecdsaWithSha256:  '1.2.840.10045.4.3.2',
} as const

/** RFC 5280 4.2.1.3, bits from the left, and how many at the end do not count. */
const digitalSignature = [Buffer.from([0b1000_0000]), 7] as const
const certAndCrlSign = [Buffer.from([0b0000_0110]), 1] as const

/** A fresh signing key and the PEM of its certificate, followed by that of its CA. */
export interface Issued {
  readonly privateKey: KeyObject
  readonly chainPem: string
}

interface Party {
  readonly name: Buffer
  readonly publicKey: KeyObject
}

interface Request {
  readonly subject: Party
  readonly issuer: Party
  readonly issuerKey: KeyObject
  readonly extensions: readonly Buffer[]
}

/**
 * Issues a certificate of the form that SHAKEN uses (RFC 8226, ATIS-1000080): P-256, one CA
 * above, TNAuthList, CN `SHAKEN <code>`. The CA's key is forgotten at once, so that it can never
 * sign anything else. Nobody outside trusts this CA: it stands in until an STI-CA has issued one.
 */
export function issueCertificate(spc: string, nowMs: number, random: Random): Issued {
  const ca = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const leaf = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const issuer = { name: nameOf('Tollgate demo CA'), publicKey: ca.publicKey }
  const subject = { name: nameOf(`SHAKEN ${spc}`), publicKey: leaf.publicKey }
  const issue = (request: Omit<Request, 'issuer' | 'issuerKey'>) =>
    certificate({ ...request, issuer, issuerKey: ca.privateKey }, nowMs, random)

  const leafPem = issue({
    subject,
    extensions: [
      extension(id.basicConstraints, der.sequence(), 'critical'),
      extension(id.keyUsage, der.bitString(...digitalSignature), 'critical'),
      tnAuthListExtension(spc),
    ],
  })
  const caPem = issue({
    subject: issuer,
    extensions: [
      // CA, and no further CA below.
      extension(
        id.basicConstraints,
        der.sequence(der.boolean(true), der.unsigned(Buffer.from([0]))),
        'critical',
      ),
      extension(id.keyUsage, der.bitString(...certAndCrlSign), 'critical'),
    ],
  })
  return { privateKey: leaf.privateKey, chainPem: leafPem + caPem }
}

/** RFC 5280 4.1. */
function certificate(request: Request, nowMs: number, random: Random): string {
  const { subject, issuer, issuerKey } = request
  const algorithm = der.sequence(der.objectIdentifier(id.ecdsaWithSha256))
  const serial = random.bytes(16)
  const body = der.sequence(
    // Version 3.
    der.explicit(0, der.unsigned(Buffer.from([2]))),
    // RFC 5280 4.1.2.2: positive; the first byte makes it so even when all drawn ones are zero.
    der.unsigned(Buffer.concat([Buffer.from([1]), serial])),
    algorithm,
    issuer.name,
    der.sequence(der.time(nowMs - backdatedMs), der.time(nowMs + validMs)),
    subject.name,
    subject.publicKey.export({ type: 'spki', format: 'der' }),
    der.explicit(
      3,
      der.sequence(
        ...request.extensions,
        extension(id.subjectKey, der.octetString(keyIdentifier(subject.publicKey))),
        // keyIdentifier [0] IMPLICIT OCTET STRING, RFC 5280 4.2.1.1.
        extension(
          id.authorityKey,
          der.sequence(der.element(0x80, keyIdentifier(issuer.publicKey))),
        ),
      ),
    ),
  )
  const signature = der.bitString(sign('sha256', body, issuerKey))
  return pem(der.sequence(body, algorithm, signature))
}

function nameOf(commonName: string): Buffer {
  const attribute = (type: string, value: string) =>
    der.set(der.sequence(der.objectIdentifier(type), der.utf8String(value)))
  return der.sequence(
    attribute(id.organization, 'Tollgate demo'),
    attribute(id.commonName, commonName),
  )
}

function extension(type: string, value: Buffer, critical?: 'critical'): Buffer {
  const flag = critical ? [der.boolean(true)] : []
  return der.sequence(der.objectIdentifier(type), ...flag, der.octetString(value))
}

/** RFC 7093 2, method 1: the left 160 bits of the SHA-256 of the public key's bits. */
function keyIdentifier(publicKey: KeyObject): Buffer {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const coordinates = [Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]
  const point = Buffer.concat([Buffer.from([4]), ...coordinates])
  return hash('sha256', point, 'buffer').subarray(0, 20)
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
