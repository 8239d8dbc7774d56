/** What the sender of a message hears: a status, nothing, or what the application answers. */
export type Heard = number | 'silence' | 'application'

/**
 * A message and what is done with it. By the parser: `accepted`: handed up. A number: refused, and
 * answerable with that status. `dropped`: refused without an answer.
 */
export interface TortureCase {
  /** RFC and section, the name it has there, and after the colon what it is or why it fares so. */
  readonly name: string
  readonly verdict: 'accepted' | 400 | 505 | 513 | 'dropped'
  /** What a running engine lets the sender hear, where that does not follow from the verdict. */
  readonly wire?: Heard
  /** The same over a stream, where no message may leave open how long it is. */
  readonly stream?: Heard
  readonly bytes: Buffer
}

/** What a running engine lets the sender of a datagram hear. */
export function heardOf({ verdict, wire, bytes }: TortureCase): Heard {
  if (wire !== undefined) return wire
  if (typeof verdict === 'number') return verdict
  const isRequest = !bytes.toString('latin1', 0, 4).startsWith('SIP/')
  return verdict === 'accepted' && isRequest ? 'application' : 'silence'
}

/** A message from a head in lines, `{length}` being the body's length, and a body. */
export function crlf(head: string, body = ''): Buffer {
  const bodyBytes = Buffer.from(body)
  const lines = head.replace('{length}', `${bodyBytes.length}`).replaceAll('\n', '\r\n')
  return Buffer.concat([Buffer.from(`${lines}\r\n`), bodyBytes])
}
