import type { DigestAlgorithm } from '../../src/domain/credentials.ts'
import { parseDigest } from '../../src/keys/digest-credentials.ts'
import { digestResponse, ha1sOf } from '../../src/keys/digest-response.ts'

export interface DigestAnswer {
  readonly username: string
  readonly password: string
  readonly realm: string
  readonly nonce: string
  readonly uri: string
  readonly algorithm: DigestAlgorithm
  readonly nc: string
  /** INVITE where left out. */
  readonly method?: string
}

/** The Authorization value with which a phone answers a challenge. RFC 7616 3.4, RFC 8760. */
export function digestAnswer(answer: DigestAnswer): string {
  const { username, password, realm, nonce, uri, algorithm, nc, method = 'INVITE' } = answer
  const text = (response: string) =>
    `Digest username="${username}", realm="${realm}", nonce="${nonce}", uri="${uri}", ` +
    `algorithm=${algorithm}, qop=auth, nc=${nc}, cnonce="0a4f", response="${response}"`
  const unanswered = parseDigest(text('0'.repeat(algorithm === 'MD5' ? 32 : 64)).slice(7))
  const ha1 = ha1sOf(username, realm, password)[algorithm]
  return text(unanswered ? digestResponse(unanswered, method, ha1) : '')
}
