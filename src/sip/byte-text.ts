import { isUtf8 } from 'node:buffer'

// drachtio-srf has messages as text, but a body may be any bytes: ISUP, a picture, another character
// set. A byte that is no UTF-8 is carried as a lone surrogate, which no text has, and comes out as itself.

const byteOffset = 0xdc00
const headEndMark = '\r\n\r\n'
/** In Unicode mode one that belongs to a pair is not found. */
const loneBytes = /([\udc80-\udcff]+)/u
const aboveAscii = /[\x80-\xff]/g

/**
 * The message of a frame as text: UTF-8, as SIP is. Where the body is none, each of its bytes above
 * ASCII is a character of its own; a head that is none has U+FFFD, as any reader would see it.
 */
export function textOf(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8')
  const headEnd = bytes.indexOf(headEndMark)
  if (headEnd < 0) return bytes.toString('utf8')
  const body = bytes.subarray(headEnd + headEndMark.length)
  return bytes.toString('utf8', 0, headEnd) + headEndMark + bodyText(body)
}

/** A body as text that `bytesOf` makes the same bytes of. */
export function bodyText(body: Buffer): string {
  if (isUtf8(body)) return body.toString('utf8')
  return body
    .toString('latin1')
    .replace(aboveAscii, (char) => String.fromCharCode(byteOffset + char.charCodeAt(0)))
}

/** The bytes that a text stands for. */
export function bytesOf(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text)
  const parts = text.split(loneBytes)
  return Buffer.concat(parts.map((part, at) => (at % 2 === 0 ? Buffer.from(part) : raw(part))))
}

/** How many bytes a text stands for. */
export function byteLengthOf(text: string): number {
  return text.isWellFormed() ? Buffer.byteLength(text) : bytesOf(text).length
}

function raw(part: string): Buffer {
  return Buffer.from(part, 'latin1')
}
