import { isUtf8 } from 'node:buffer'

// SIP is UTF-8 and may be anything: ISUP, a picture, a name in another character set. A byte that is
// no UTF-8 is carried as a lone surrogate, which no text has, and comes out as itself.

const byteOffset = 0xdc00
/** U+FFFD, three bytes of UTF-8, stands in a decoded text for what is none. */
const replacement = '\ufffd'

/** The text that bytes stand for; `bytesOf` makes the same bytes of it. Time linear in their number. */
export function textOf(bytes: Buffer, start = 0, end = bytes.length): string {
  const text = bytes.toString('utf8', start, end)
  // A text of Latin letters alone is not searched: it cannot hold one.
  if (!text.includes(replacement)) return text
  const part = bytes.subarray(start, end)
  return isUtf8(part) ? text : mixedText(part)
}

/** The bytes that a text stands for. */
export function bytesOf(text: string): Buffer {
  return text.isWellFormed() ? Buffer.from(text) : mixedBytes(text)
}

/** How many bytes a text stands for. */
export function byteLengthOf(text: string): number {
  return text.isWellFormed() ? Buffer.byteLength(text) : mixedBytes(text).length
}

function mixedText(bytes: Buffer): string {
  const units = new Uint16Array(bytes.length)
  let length = 0
  for (let at = 0; at < bytes.length; ) {
    const size = sequenceSize(bytes, at)
    if (size === 0) {
      units[length++] = byteOffset + (bytes[at++] ?? 0)
      continue
    }
    const code = codePoint(bytes, at, size)
    if (code > 0xffff) units[length++] = 0xd800 + ((code - 0x10000) >> 10)
    units[length++] = code > 0xffff ? 0xdc00 + (code & 0x3ff) : code
    at += size
  }
  return Buffer.from(units.buffer, 0, 2 * length).toString('utf16le')
}

/** How many bytes the character at `at` has, or 0 where there is none (Unicode 16, table 3-7). */
function sequenceSize(bytes: Buffer, at: number): number {
  const lead = bytes[at] ?? 0
  if (lead < 0x80) return 1
  const size = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
  if (size === 0 || at + size > bytes.length) return 0
  const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
  const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
  const second = bytes[at + 1] ?? 0
  if (second < least || second > most) return 0
  for (let more = 2; more < size; more++) if (((bytes[at + more] ?? 0) & 0xc0) !== 0x80) return 0
  return size
}

function codePoint(bytes: Buffer, at: number, size: number): number {
  const lead = bytes[at] ?? 0
  if (size === 1) return lead
  let code = lead & (0x7f >> size)
  for (let more = 1; more < size; more++) code = (code << 6) | ((bytes[at + more] ?? 0) & 0x3f)
  return code
}

function mixedBytes(text: string): Buffer {
  // Three bytes are the most that one unit stands for.
  const bytes = Buffer.allocUnsafe(3 * text.length)
  let length = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.codePointAt(at) ?? 0
    if (code >= byteOffset + 0x80 && code <= byteOffset + 0xff) bytes[length++] = code & 0xff
    else length = putUtf8(bytes, length, code)
    if (code > 0xffff) at++
  }
  return bytes.subarray(0, length)
}

/** Writes one character, and gives the place behind it. A surrogate that is no byte is U+FFFD. */
function putUtf8(bytes: Buffer, at: number, code: number): number {
  if (code < 0x80) {
    bytes[at] = code
    return at + 1
  }
  const whole = code >= 0xd800 && code <= 0xdfff ? 0xfffd : code
  const size = whole < 0x800 ? 2 : whole < 0x10000 ? 3 : 4
  let rest = whole
  for (let place = at + size - 1; place > at; place--) {
    bytes[place] = 0x80 | (rest & 0x3f)
    rest >>= 6
  }
  bytes[at] = ((0xf00 >> size) & 0xff) | rest
  return at + size
}
