import type { KeyObject } from 'node:crypto'
import { CompactSign } from 'jose'
import type { Clock } from '../kernel/clock.ts'
import { Failure } from '../kernel/failure.ts'
import { formatIdentityHeader } from './identity-header.ts'
import {
  type CallStatement,
  encodeClaims,
  type Passport,
  passportHeader,
  passportsOf,
} from './passport.ts'

/** Header fields of the INVITE to the carrier. */
export interface SignedIdentity {
  /** Values of Identity header fields: RFC 8224 4, full form, as RFC 8588 wants it. */
  readonly identities: readonly string[]
  /** Value of the Date header field, the same moment as the `iat` of every PASSporT. */
  readonly dateHeader: string
}

/** Vouches for callers. An emergency call is never brought here: its number is no E.164. */
export interface Signer {
  /** Signs who calls whom, as of now. Throws `signing_failed`. */
  sign(statement: CallStatement): Promise<SignedIdentity>
}

export interface SignerOptions {
  /** P-256. */
  readonly privateKey: KeyObject
  /** Where verifiers fetch the certificate of that key. */
  readonly x5u: string
  readonly clock: Clock
  /** When the certificate ends: nothing is signed after it. Undefined: never. */
  readonly notAfterMs?: number | undefined
}

/**
 * Makes a signer for one key. Throws `certificate_invalid` when the key is not P-256 or the URL is
 * not one that verifiers may fetch. The signature itself is computed in the thread pool, so that
 * the event loop is free meanwhile.
 */
export function createSigner({ privateKey, x5u, clock, notAfterMs }: SignerOptions): Signer {
  const key = importKey(privateKey)
  const url = checkUrl(x5u)
  const signOne = async ({ ppt, claims }: Passport) => {
    const header = passportHeader(url, ppt)
    const jws = await new CompactSign(encodeClaims(claims)).setProtectedHeader(header).sign(key)
    return formatIdentityHeader(jws, url, ppt)
  }
  return {
    async sign(statement) {
      const nowMs = clock.now()
      if (notAfterMs !== undefined && nowMs >= notAfterMs) {
        throw new Failure('signing_failed', 'the certificate has expired')
      }
      const issuedAtS = Math.floor(nowMs / 1000)
      try {
        const identities = await Promise.all(passportsOf(statement, issuedAtS).map(signOne))
        return { identities, dateHeader: new Date(issuedAtS * 1000).toUTCString() }
      } catch (cause) {
        throw new Failure('signing_failed', 'the PASSporT cannot be signed', { cause })
      }
    },
  }
}

function importKey(privateKey: KeyObject) {
  try {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
    return privateKey.toCryptoKey(algorithm, false, ['sign'])
  } catch (cause) {
    throw new Failure('certificate_invalid', 'the signing key is not a P-256 key', { cause })
  }
}

/**
 * ATIS-1000074: no query, fragment or userinfo. Verifiers in the public network also insist
 * on https; http is let through for a network of one's own.
 */
function checkUrl(x5u: string): string {
  const url = URL.parse(x5u)
  const fetchable =
    url &&
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    !(url.username || url.password || url.search || url.hash)
  // Not quoted: it may hold a password.
  if (!fetchable) throw new Failure('certificate_invalid', 'no verifier would fetch this x5u')
  return url.href
}
