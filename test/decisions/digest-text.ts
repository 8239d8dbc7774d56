import { parseDigest } from '../../src/keys/digest-credentials.ts'
import { digestResponse, ha1sOf } from '../../src/keys/digest-response.ts'
import { parseKey } from '../../src/keys/format.ts'
import { base, type Message } from './table.ts'

/** The Authorization value with which a phone answers the challenge. RFC 7616 3.4, RFC 8760. */
export function digestText(
  digest: NonNullable<Message['digest']>,
  { challenge, uri: called }: { readonly challenge: string; readonly uri: string },
): string {
  const keyText = base.keys[digest.key] ?? ''
  const { algorithm, realm, nc, uri = called, password = keyText } = digest
  const username = digest.username ?? parseKey(keyText)?.publicId ?? ''
  const nonce = digest.nonce ?? /nonce="([^"]+)"/.exec(challenge)?.[1] ?? ''
  const text = (response: string) =>
    `Digest username="${username}", realm="${realm}", nonce="${nonce}", uri="${uri}", ` +
    `algorithm=${algorithm}, qop=auth, nc=${nc}, cnonce="0a4f", response="${response}"`
  const unanswered = parseDigest(text('0'.repeat(algorithm === 'MD5' ? 32 : 64)).slice(7))
  const ha1 = ha1sOf(username, realm, password)[algorithm]
  return text(unanswered ? digestResponse(unanswered, 'INVITE', ha1) : '')
}
