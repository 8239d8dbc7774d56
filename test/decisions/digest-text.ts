import { parseKey } from '../../src/keys/format.ts'
import { digestAnswer } from '../support/digest-answer.ts'
import { base, type Message } from './table.ts'

/** The Authorization value with which a phone answers the challenge. */
export function digestText(
  digest: NonNullable<Message['digest']>,
  { challenge, uri: called }: { readonly challenge: string; readonly uri: string },
): string {
  const keyText = base.keys[digest.key] ?? ''
  const { algorithm, realm, nc, uri = called, password = keyText } = digest
  const username = digest.username ?? parseKey(keyText)?.publicId ?? ''
  const nonce = digest.nonce ?? /nonce="([^"]+)"/.exec(challenge)?.[1] ?? ''
  return digestAnswer({ username, password, realm, nonce, uri, algorithm, nc })
}
