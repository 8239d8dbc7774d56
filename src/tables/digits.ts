/** Digits that a number or a prefix may have (ITU-T E.164 6.1). */
export const digitsMax = 15

/** A digit is coded as 1 to 10, so that 0 says that there is none: 11 to the 15th is below 2^53. */
const base = 11

/** How many codes begin with a prefix, by how many digits it has. */
const spans: readonly number[] = Array.from(
  { length: digitsMax + 1 },
  (_, length) => base ** (digitsMax - length),
)

/**
 * The digits of an E.164 number (a leading `+` is passed over) as one number, exact, in the order of
 * the digits as text; -1 where they are none or too many. No two numbers have the same code.
 */
export function codeOf(digits: string): number {
  const from = digits.charCodeAt(0) === plus ? 1 : 0
  const length = digits.length - from
  if (length < 1 || length > digitsMax) return -1
  let code = 0
  for (let at = from; at < digits.length; at++) {
    const digit = digits.charCodeAt(at) - zero
    if (digit < 0 || digit > 9) return -1
    code = code * base + digit + 1
  }
  return code * (spans[length] ?? 0)
}

const plus = 43
const zero = 48

/** How many codes the numbers take that begin with a prefix of so many digits. */
export function spanOf(digits: number): number {
  return spans[digits] ?? 0
}
