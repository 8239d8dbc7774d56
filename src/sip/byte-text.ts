import { textOf } from '../kernel/byte-text.ts'

const headEndMark = '\r\n\r\n'

/**
 * The message of a frame as text, of whose body `bytesOf` makes the same bytes. A head that is no UTF-8
 * has U+FFFD, as any reader would see it.
 */
export function messageText(bytes: Buffer): string {
  const text = textOf(bytes)
  if (text.isWellFormed()) return text
  const headEnd = text.indexOf(headEndMark)
  if (headEnd < 0) return text.toWellFormed()
  return text.slice(0, headEnd).toWellFormed() + text.slice(headEnd)
}
