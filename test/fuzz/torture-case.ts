/**
 * A message and what the parser does with it. `accepted`: handed up. A number: refused, and
 * answerable with that status. `dropped`: refused without an answer.
 */
export interface TortureCase {
  readonly name: string
  readonly verdict: 'accepted' | 400 | 505 | 'dropped'
  readonly bytes: Buffer
}

/** A message from a head in lines, `{length}` being the body's length, and a body. */
export function crlf(head: string, body = ''): Buffer {
  const bodyBytes = Buffer.from(body)
  const lines = head.replace('{length}', `${bodyBytes.length}`).replaceAll('\n', '\r\n')
  return Buffer.concat([Buffer.from(`${lines}\r\n`), bodyBytes])
}
