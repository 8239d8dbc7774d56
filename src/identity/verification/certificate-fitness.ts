import { x509 } from '../x509.ts'
import type { ReadCertificate } from './pem-chain.ts'

/** RFC 5280 4.2: extensions by their number. */
const extension = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  crlDistributionPoints: '2.5.29.31',
  certificatePolicies: '2.5.29.32',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
  tnAuthList: '1.3.6.1.5.5.7.1.26',
} as const

const known: ReadonlySet<string> = new Set(Object.values(extension))
const anyExtendedKeyUsage = '2.5.29.37.0'
const anyPolicy = '2.5.29.32.0'

/** Whether a certificate may sign PASSporTs, as far as it says itself: RFC 5280, ATIS-1000080. */
export function maySignPassports(
  { fields }: ReadCertificate,
  policies: readonly string[],
): boolean {
  const constraints = fields.getExtension(x509.BasicConstraintsExtension)
  return (
    constraints?.ca !== true &&
    hasUsage(fields, x509.KeyUsageFlags.digitalSignature) &&
    isForAnyPurpose(fields) &&
    hasPolicy(fields, policies)
  )
}

/** Whether a certificate may issue others, with so many issuers below it. */
export function mayIssue(certificate: ReadCertificate, issuersBelow: number): boolean {
  const { fields } = certificate
  const constraints = fields.getExtension(x509.BasicConstraintsExtension)
  return (
    isSound(certificate) &&
    constraints?.ca === true &&
    issuersBelow <= (constraints.pathLength ?? Number.POSITIVE_INFINITY) &&
    hasUsage(fields, x509.KeyUsageFlags.keyCertSign)
  )
}

/**
 * Whether a certificate is of the one kind that there is here. ES256 throughout, RFC 8225 4 and
 * ATIS-1000080 5.3.1: a P-256 key, signed over SHA-256. RFC 5280 4.2: no extension twice, and none
 * critical that isn't known here.
 */
export function isSound({ openssl, fields }: ReadCertificate): boolean {
  const { publicKey } = openssl
  const types = fields.extensions.map(({ type }) => type)
  return (
    publicKey.asymmetricKeyType === 'ec' &&
    publicKey.asymmetricKeyDetails?.namedCurve === 'prime256v1' &&
    openssl.signatureAlgorithm === 'ecdsa-with-SHA256' &&
    new Set(types).size === types.length &&
    fields.extensions.every(({ critical, type }) => !critical || known.has(type))
  )
}

function hasUsage(fields: x509.X509Certificate, usage: x509.KeyUsageFlags): boolean {
  const usages = fields.getExtension(x509.KeyUsagesExtension)?.usages ?? 0
  return (usages & usage) !== 0
}

/** RFC 5280 4.2.1.12: no purpose is defined for STIR, so one that is named is another. */
function isForAnyPurpose(fields: x509.X509Certificate): boolean {
  const usages = fields.getExtension(x509.ExtendedKeyUsageExtension)?.usages
  return usages === undefined || usages.some((usage) => usage === anyExtendedKeyUsage)
}

function hasPolicy(fields: x509.X509Certificate, wanted: readonly string[]): boolean {
  const policies = fields.getExtension(x509.CertificatePolicyExtension)?.policies ?? []
  return wanted.length === 0 || policies.some((policy) => wanted.includes(policy))
}

/** RFC 5280 6.1: an issuer that names policies passes on none but those. */
export function passesOnPolicy({ fields }: ReadCertificate, policies: readonly string[]): boolean {
  const named = fields.getExtension(x509.CertificatePolicyExtension)?.policies
  return named === undefined || named.includes(anyPolicy) || hasPolicy(fields, policies)
}
