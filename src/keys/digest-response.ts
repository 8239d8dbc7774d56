import { hash, timingSafeEqual } from 'node:crypto'
import type { DigestAlgorithm } from '../domain/credentials.ts'
import type { DigestCredentials } from './digest-credentials.ts'

/** `H(username:realm:password)` for each algorithm, RFC 7616 3.4.2: as good as the password itself. */
export type Ha1s = Readonly<Record<DigestAlgorithm, Buffer>>

const nodeName: Readonly<Record<DigestAlgorithm, string>> = { 'SHA-256': 'sha256', MD5: 'md5' }

/** What is kept of a password so that digest answers can be checked. */
export function ha1sOf(username: string, realm: string, password: string): Ha1s {
  const text = `${username}:${realm}:${password}`
  return { 'SHA-256': hash('sha256', text, 'buffer'), MD5: hash('md5', text, 'buffer') }
}

/** RFC 7616 3.4.1 for qop=auth: what the right password answers, lower-case hexadecimal. */
export function digestResponse(
  credentials: DigestCredentials,
  method: string,
  ha1: Buffer,
): string {
  const { algorithm, nonce, nonceCount, clientNonce, uri } = credentials
  const ha2 = hash(nodeName[algorithm], `${method}:${uri}`, 'hex')
  const text = `${ha1.toString('hex')}:${nonce}:${nonceCount}:${clientNonce}:auth:${ha2}`
  return hash(nodeName[algorithm], text, 'hex')
}

/** Whether the answer was made with this password, in a time that does not depend on it. */
export function answersDigest(credentials: DigestCredentials, method: string, ha1s: Ha1s): boolean {
  const right = digestResponse(credentials, method, ha1s[credentials.algorithm])
  const given = Buffer.from(credentials.response, 'latin1')
  const wanted = Buffer.from(right, 'latin1')
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}
