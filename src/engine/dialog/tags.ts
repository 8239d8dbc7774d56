import { parseNameAddr } from '../message/name-addr.ts'

const tagMark = ';tag='

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
    return (end < 0 ? value.slice(start) : value.slice(start, end)).trim()
  }
  return parseNameAddr(value)?.tag ?? ''
}

/**
 * Names a dialog to the app (PROTOCOL 6): the From tag is the caller's in a call that came to us,
 * and our own in one that we made.
 */
export function dialogIdOf(callId: string, fromTag: string): string {
  return `${callId};from-tag=${fromTag}`
}
