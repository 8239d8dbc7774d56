/** Character codes that SIP's grammar turns on. */
export const tab = 9
export const space = 32
export const quote = 34
export const comma = 44
export const colon = 58
export const semicolon = 59
export const lessThan = 60
export const equals = 61
export const greaterThan = 62
const backslash = 92

/** `token` of RFC 3261 25.1: letters, digits and these. */
const tokenMarks = "-.!%*_+`'~"

const isTokenCode = new Uint8Array(128)
for (let code = 0; code < 128; code++) {
  const character = String.fromCharCode(code)
  const alphanumeric = /[A-Za-z0-9]/.test(character)
  isTokenCode[code] = alphanumeric || tokenMarks.includes(character) ? 1 : 0
}

/** Whether `text` is a non-empty `token` (RFC 3261 25.1): a method, a header or parameter name. */
export function isToken(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code > 127 || isTokenCode[code] === 0) return false
  }
  return text.length > 0
}

/** The first position from `at` on that holds neither a space nor a tab. */
export function skipSpace(text: string, at: number): number {
  let next = at
  for (;;) {
    const code = text.charCodeAt(next)
    if (code !== space && code !== tab) return next
    next++
  }
}

/** The part of `text` from `from` to `to` without the spaces and tabs around it. */
export function trimmedSlice(text: string, from: number, to: number): string {
  let start = from
  let end = to
  while (start < end && isSpace(text.charCodeAt(start))) start++
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

/** The position after the quoted string that opens at `at`, or -1 when it is never closed. */
export function quotedEnd(text: string, at: number): number {
  for (let next = at + 1; next < text.length; next++) {
    const code = text.charCodeAt(next)
    if (code === backslash) next++
    else if (code === quote) return next + 1
  }
  return -1
}

/** The number that `text` writes in decimal digits alone, or undefined when above `max` or not one. */
export function parseDecimal(text: string, max: number): number | undefined {
  let number = 0
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48
    if (digit < 0 || digit > 9) return undefined
    number = number * 10 + digit
    if (number > max) return undefined
  }
  return text.length > 0 ? number : undefined
}

function isSpace(code: number): boolean {
  return code === space || code === tab
}
