import { bytesOf } from '../../kernel/byte-text.ts'
import { readName } from './header-names.ts'
import { isSafeHeaderValue } from './headers.ts'
import type { Message } from './message.ts'

/**
 * The message as it goes on the wire. Content-Length is always ours and last; names are written in
 * full. A line break in any text becomes one space and a header with an illegal name is left out:
 * whatever an application hands over, it can't add a line that it was not asked for.
 */
export function serialize(message: Message): Buffer {
  let head = startLine(message)
  for (const header of message.headers) {
    const name = readName(header.name)
    if (name === undefined || name === 'Content-Length') continue
    head += `${name}: ${oneLine(header.value)}\r\n`
  }
  const { body } = message
  head += `Content-Length: ${body.length}\r\n\r\n`
  if (!head.isWellFormed()) return Buffer.concat([bytesOf(head), body])
  if (body.length === 0) return Buffer.from(head, 'utf8')
  const headBytes = Buffer.byteLength(head, 'utf8')
  const bytes = Buffer.allocUnsafe(headBytes + body.length)
  bytes.write(head, 0, headBytes, 'utf8')
  body.copy(bytes, headBytes)
  return bytes
}

function startLine(message: Message): string {
  if (message.kind === 'response') return `SIP/2.0 ${message.status} ${oneLine(message.reason)}\r\n`
  return `${oneLine(message.method)} ${oneLine(message.uri)} SIP/2.0\r\n`
}

function oneLine(text: string): string {
  return isSafeHeaderValue(text) ? text : text.replace(/[\r\n]+[ \t]*/g, ' ')
}
