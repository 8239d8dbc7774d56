import { firstHeader } from './headers.ts'
import type { Message } from './message.ts'
import { parseNameAddr } from './name-addr.ts'
import { trimmedSlice } from './text.ts'

const tagMark = ';tag='

/** The tag of a message's From header, '' when it has none. */
export function fromTag(message: Pick<Message, 'headers'>): string {
  return tagOf(firstHeader(message, 'From') ?? '')
}

/** The tag of a message's To header, '' when it has none. */
export function toTag(message: Pick<Message, 'headers'>): string {
  return tagOf(firstHeader(message, 'To') ?? '')
}

/**
 * The tag of a From or To value, '' when it has none. The usual spelling is found without parsing
 * the value; anything else is parsed.
 */
export function tagOf(value: string): string {
  const close = value.lastIndexOf('>')
  const mark = value.indexOf(tagMark, close + 1)
  if (mark >= 0 && close >= 0 && value.indexOf('"', close) < 0) {
    const start = mark + tagMark.length
    const end = value.indexOf(';', start)
    return trimmedSlice(value, start, end < 0 ? value.length : end)
  }
  return parseNameAddr(value)?.tag ?? ''
}

/** A To value with no tag but its first. */
export function withOneTag(value: string): string {
  const first = value.indexOf(tagMark, value.lastIndexOf('>') + 1)
  const end = first < 0 ? -1 : value.indexOf(';', first + 1)
  if (end < 0) return value
  return value.slice(0, end) + value.slice(end).replace(/;\s*tag\s*=[^;]*/gi, '')
}
