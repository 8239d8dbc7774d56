import { type DigestAlgorithm, digestAlgorithms } from '../domain/credentials.ts'
import { parseAuthParams } from './auth-params.ts'

/** What a digest answer says, as it came; nothing is proven by having it. RFC 7616 3.4. */
export interface DigestCredentials {
  /** Of us: the public id of a key. */
  readonly username: string
  readonly realm: string
  readonly nonce: string
  readonly uri: string
  readonly algorithm: DigestAlgorithm
  /** Eight hexadecimal digits. */
  readonly nonceCount: string
  readonly clientNonce: string
  /** Lower-case hexadecimal. */
  readonly response: string
}

const responseLength = { 'SHA-256': 64, MD5: 32 } as const satisfies Record<DigestAlgorithm, number>

/**
 * Reads what follows the word Digest. Undefined where it is malformed, is without `qop=auth` (we
 * offer nothing else), names an algorithm that was not offered, or hides its user.
 */
export function parseDigest(text: string): DigestCredentials | undefined {
  const params = parseAuthParams(text)
  if (!params || params.has('username*') || params.get('userhash') === 'true') return undefined
  const username = params.get('username')
  const realm = params.get('realm')
  const nonce = params.get('nonce')
  const uri = params.get('uri')
  const clientNonce = params.get('cnonce')
  const nonceCount = params.get('nc') ?? ''
  const response = params.get('response')?.toLowerCase() ?? ''
  const algorithm = algorithmNamed(params.get('algorithm'))
  if (!username || realm === undefined || !nonce || !uri || !clientNonce) return undefined
  if (!algorithm || params.get('qop')?.toLowerCase() !== 'auth') return undefined
  if (!/^[0-9a-f]{8}$/i.test(nonceCount) || !/^[0-9a-f]+$/.test(response)) return undefined
  if (response.length !== responseLength[algorithm]) return undefined
  return { username, realm, nonce, uri, algorithm, nonceCount, clientNonce, response }
}

/** RFC 7616 3.3: without a name it is MD5. The -sess forms are not offered. */
function algorithmNamed(name: string | undefined): DigestAlgorithm | undefined {
  if (name === undefined) return 'MD5'
  return digestAlgorithms.find((algorithm) => algorithm === name.toUpperCase())
}

export interface Challenge {
  readonly realm: string
  readonly nonce: string
  /** The answer to the one before was right, and came too late. */
  readonly stale: boolean
}

/** The value of a WWW-Authenticate field. RFC 7616 3.3. */
export function digestChallenge(
  algorithm: DigestAlgorithm,
  { realm, nonce, stale }: Challenge,
): string {
  const end = stale ? ', stale=true' : ''
  return `Digest realm="${realm}", nonce="${nonce}", algorithm=${algorithm}, qop="auth"${end}`
}
