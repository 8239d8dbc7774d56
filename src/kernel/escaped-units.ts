/**
 * A character that commands a terminal, whatever its kind (DEL and C1 among them), or that nobody sees: such
 * have a line read in another order, or two names look alike.
 */
export const unseen = /[\p{Cc}\p{Cf}\u2028\u2029]/u

/** A text with each of its UTF-16 units as JSON escapes it: `\u001b`. */
export function escapedUnits(text: string): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  return text.split('').map(escaped).join('')
}
