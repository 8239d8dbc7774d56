import type { KeyObject } from 'node:crypto'
import type { PassportFault } from '../../domain/passport-faults.ts'
import type { SigningCertificate } from '../../domain/verification.ts'
import { decodeTnAuthList, type TnEntry, tnAuthListId } from '../tn-auth-list.ts'
import { isSound, mayIssue, maySignPassports, passesOnPolicy } from './certificate-fitness.ts'
import type { ReadCertificate } from './pem-chain.ts'
import { type RevocationList, standingOf } from './revocation.ts'

/** Whom certificates are believed by. */
export interface Trust {
  readonly anchors: readonly ReadCertificate[]
  readonly lists: readonly RevocationList[]
  /** Who may sign lists about certificates of others. */
  readonly listIssuers: readonly ReadCertificate[]
  /** `listed`: who is on a list is refused; `required`: also who is on none that is current. */
  readonly revocation: 'off' | 'listed' | 'required'
  /** Object identifiers of which a signing certificate needs one; empty: needs none. */
  readonly policies: readonly string[]
}

/** A chain that ends at a trust anchor, and what its leaf may speak for. */
export interface VerifiedChain {
  readonly publicKey: KeyObject
  readonly certificate: SigningCertificate
  /** The TNAuthList of the leaf, then those of the issuers that have one: all have to agree. */
  readonly scopes: readonly (readonly TnEntry[])[]
  /** When a certificate, or a revocation list that it needs, ends. */
  readonly validUntilMs: number
}

/**
 * Verifies a chain, leaf first, RFC 5280 6.1 in the narrow form of ATIS-1000080: every certificate
 * fit for its place, valid now, signed by the next, the last by a trust anchor, none of them revoked.
 * Certificates beyond the anchor are not looked at.
 */
export async function verifyChain(
  chain: readonly ReadCertificate[],
  trust: Trust,
  nowMs: number,
): Promise<VerifiedChain | PassportFault> {
  const [leaf] = chain
  if (!leaf) return 'certificate_malformed'
  const path = buildPath(chain, trust.anchors)
  if (typeof path === 'string') return path
  const fault = pathFault(path, trust, nowMs)
  if (fault) return fault
  const scopes = scopesOf(path)
  if (!scopes) return 'certificate_unfit'
  const standing = await revocationOf(path, trust, nowMs)
  if (typeof standing === 'string') return standing
  const { openssl, fields } = leaf
  return {
    publicKey: openssl.publicKey,
    certificate: {
      subject: fields.subject,
      issuer: fields.issuer,
      serial: fields.serialNumber.toLowerCase(),
      spcs: (scopes[0] ?? []).flatMap((entry) => ('spc' in entry ? [entry.spc] : [])),
    },
    scopes,
    validUntilMs: Math.min(standing, ...path.map((one) => one.fields.notAfter.getTime())),
  }
}

/** From the leaf to a trust anchor, both included. No signature of an unusual key is worked out. */
function buildPath(
  chain: readonly ReadCertificate[],
  anchors: readonly ReadCertificate[],
): readonly ReadCertificate[] | PassportFault {
  const path: ReadCertificate[] = []
  for (const certificate of chain) {
    if (!isSound(certificate)) return 'certificate_unfit'
    const below = path.at(-1)
    if (below && !isIssuedBy(below, certificate)) return 'certificate_untrusted'
    path.push(certificate)
    const anchor = anchors.find((one) => isIssuedBy(certificate, one))
    // A leaf that is itself an anchor would be an authority, and no authority signs for callers.
    if (anchor) return certificate.openssl.raw.equals(anchor.openssl.raw) ? path : [...path, anchor]
  }
  return 'certificate_untrusted'
}

/** Names, key identifiers and usage agree, and the signature is the issuer's. */
function isIssuedBy(certificate: ReadCertificate, issuer: ReadCertificate): boolean {
  const { openssl } = certificate
  return openssl.checkIssued(issuer.openssl) && openssl.verify(issuer.openssl.publicKey)
}

function pathFault(
  path: readonly ReadCertificate[],
  { policies }: Trust,
  nowMs: number,
): PassportFault | undefined {
  const isCurrent = ({ fields }: ReadCertificate) =>
    fields.notBefore.getTime() <= nowMs && nowMs <= fields.notAfter.getTime()
  if (!path.every(isCurrent)) return 'certificate_expired'
  const [leaf, ...issuers] = path
  const fits =
    leaf !== undefined &&
    issuers.length > 0 &&
    maySignPassports(leaf, policies) &&
    // RFC 5280 4.2.1.9: the leaf does not count.
    issuers.every((issuer, at) => mayIssue(issuer, at)) &&
    issuers.slice(0, -1).every((issuer) => passesOnPolicy(issuer, policies))
  return fits ? undefined : 'certificate_unfit'
}

/** RFC 8226 9: the leaf has a TNAuthList; an issuer that has one, RFC 9060 4, bounds it. */
function scopesOf(path: readonly ReadCertificate[]): VerifiedChain['scopes'] | undefined {
  const scopes: (readonly TnEntry[])[] = []
  for (const [at, { fields }] of path.entries()) {
    const extension = fields.extensions.find(({ type }) => type === tnAuthListId)
    if (!extension && at > 0) continue
    const entries = extension && decodeTnAuthList(new Uint8Array(extension.value))
    if (!entries) return undefined
    scopes.push(entries)
  }
  return scopes
}

/** Until when nobody on the path is known to be revoked. */
async function revocationOf(
  path: readonly ReadCertificate[],
  { lists, listIssuers, revocation }: Trust,
  nowMs: number,
): Promise<number | PassportFault> {
  let untilMs = Number.POSITIVE_INFINITY
  if (revocation === 'off') return untilMs
  for (const [at, issuer] of path.slice(1).entries()) {
    const certificate = path[at] ?? issuer
    const standing = await standingOf(lists, { certificate, issuer, listIssuers, nowMs })
    if (standing.is === 'revoked') return 'certificate_revoked'
    if (revocation !== 'required') continue
    if (standing.is === 'unknown') return 'revocation_unknown'
    untilMs = Math.min(untilMs, standing.untilMs)
  }
  return untilMs
}
