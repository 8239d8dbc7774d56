import { x509 } from '../x509.ts'
import { pemBlocks, type ReadCertificate } from './pem-chain.ts'

/** A revocation list whose issuer is still to be found. */
export interface RevocationList {
  readonly crl: x509.X509Crl
  /** Revoked serial numbers by the name of who issued the certificates. */
  readonly revoked: ReadonlyMap<string, ReadonlySet<string>>
  readonly thisUpdateMs: number
  /** RFC 5280 5.1.2.5 wants one; without it the list is never current. */
  readonly nextUpdateMs: number
  /** Speaks about certificates of other issuers too, RFC 5280 5.2.5. */
  readonly isIndirect: boolean
}

/** RFC 5280 5.2 and 5.3. */
const crlNumber = '2.5.29.20'
const issuingDistributionPoint = '2.5.29.28'
const certificateIssuer = '2.5.29.29'
const authorityKeyIdentifier = '2.5.29.35'
const knownCritical = new Set([crlNumber, issuingDistributionPoint, authorityKeyIdentifier])

/**
 * The lists of one file, PEM or DER. Undefined where one cannot be read, or says something critical
 * that isn't known here, such as being a list of changes alone (RFC 5280 5.2.4). Signatures are not
 * looked at yet.
 */
export function readRevocationLists(file: Buffer): readonly RevocationList[] | undefined {
  const blocks = pemBlocks(file.toString('latin1'), 'X509 CRL')
  try {
    const lists = (blocks.length > 0 ? blocks : [file]).map(readList)
    return lists.every((list) => list !== undefined) ? lists : undefined
  } catch {
    return undefined
  }
}

function readList(der: Buffer): RevocationList | undefined {
  const crl = new x509.X509Crl(Uint8Array.from(der))
  if (crl.extensions.some(({ critical, type }) => critical && !knownCritical.has(type))) {
    return undefined
  }
  const revoked = new Map<string, Set<string>>()
  // RFC 5280 5.3.3: an entry without an issuer has that of the entry before it.
  let issuer = crl.issuer
  for (const { serialNumber, extensions } of crl.entries) {
    issuer = issuerOf(extensions) ?? issuer
    const serials = revoked.get(issuer) ?? new Set()
    revoked.set(issuer, serials.add(canonicalSerial(serialNumber)))
  }
  return {
    crl,
    revoked,
    thisUpdateMs: crl.thisUpdate.getTime(),
    nextUpdateMs: crl.nextUpdate?.getTime() ?? Number.NEGATIVE_INFINITY,
    isIndirect: crl.extensions.some(({ type }) => type === issuingDistributionPoint),
  }
}

function issuerOf(extensions: readonly x509.Extension[]): string | undefined {
  const found = extensions.find(({ type }) => type === certificateIssuer)
  if (!found) return undefined
  const names = new x509.GeneralNames(found.value).items
  return names.find(({ type }) => type === 'dn')?.value
}

function canonicalSerial(hex: string): string {
  return hex.toLowerCase().replace(/^(?:00)+(?=..)/, '')
}

/** How a certificate stands with the revocation lists at hand. */
export type Standing =
  | { readonly is: 'revoked' }
  /** No list that is current speaks about it. */
  | { readonly is: 'unknown' }
  | { readonly is: 'good'; readonly untilMs: number }

export interface Question {
  readonly certificate: ReadCertificate
  readonly issuer: ReadCertificate
  /** Those whose word counts about certificates of others: ATIS-1000080's STI-PA. */
  readonly listIssuers: readonly ReadCertificate[]
  readonly nowMs: number
}

/**
 * Asks the lists about a certificate. A list counts where its signature is its issuer's: the
 * certificate's own issuer, or one of the `listIssuers`. One that is past its time still revokes, but
 * vouches for nobody.
 */
export async function standingOf(
  lists: readonly RevocationList[],
  { certificate, issuer, listIssuers, nowMs }: Question,
): Promise<Standing> {
  const serial = canonicalSerial(certificate.fields.serialNumber)
  let untilMs = Number.NEGATIVE_INFINITY
  for (const list of lists) {
    const signers = list.isIndirect ? listIssuers : [issuer, ...listIssuers]
    if (!(await isSignedByOne(list, signers))) continue
    if (list.revoked.get(certificate.fields.issuer)?.has(serial)) return { is: 'revoked' }
    const speaksOfIssuer = list.isIndirect || list.crl.issuer === certificate.fields.issuer
    if (speaksOfIssuer && list.thisUpdateMs <= nowMs) {
      untilMs = Math.max(untilMs, list.nextUpdateMs)
    }
  }
  return untilMs > nowMs ? { is: 'good', untilMs } : { is: 'unknown' }
}

async function isSignedByOne(
  { crl }: RevocationList,
  signers: readonly ReadCertificate[],
): Promise<boolean> {
  for (const { fields } of signers) {
    if (fields.subject !== crl.issuer) continue
    const usages = fields.getExtension(x509.KeyUsagesExtension)?.usages ?? 0
    // RFC 5280 6.3.3 (f).
    if ((usages & x509.KeyUsageFlags.cRLSign) === 0) continue
    if (await crl.verify({ publicKey: fields.publicKey })) return true
  }
  return false
}
