/** Longest request-URI that a pattern is tried on; a longer one matches none. */
export const subjectMax = 512

/** Longest pattern. */
const patternMax = 256

/** Most atoms in a pattern that may repeat without end: the time is this power of the subject. */
const endlessMax = 2

/**
 * One atom and how often: a literal, an escape, a class, or any character. There are no groups, no
 * alternatives and no references, so nothing can be nested and the time stays bounded.
 */
const atom = /(?:\[\^?(?:\\[\w\W]|[^\]\\])+\]|\\[dwDW.+*?()[\]{}|^$\\/-]|[^\\[\](){}*+?|^$])/y
const quantifier = /(?:[*+]|\?|\{\d{1,3}(?:,\d{0,3})?\})/y

/**
 * Makes a matcher of the whole request-URI from a simple pattern: `sip:\+1\d{10}@.*`. Undefined when
 * the pattern is longer than it may be, or has more in it than atoms that repeat.
 */
export function compilePattern(pattern: string): ((uri: string) => boolean) | undefined {
  if (pattern.length > patternMax || !isSimple(pattern)) return undefined
  const whole = new RegExp(`^${pattern}$`)
  return (uri) => uri.length <= subjectMax && whole.test(uri)
}

function isSimple(pattern: string): boolean {
  let at = 0
  let endless = 0
  while (at < pattern.length) {
    atom.lastIndex = at
    if (!atom.test(pattern)) return false
    at = atom.lastIndex
    quantifier.lastIndex = at
    if (!quantifier.test(pattern)) continue
    const repeated = pattern.slice(at, quantifier.lastIndex)
    at = quantifier.lastIndex
    if (repeated === '*' || repeated === '+' || repeated.endsWith(',}')) endless += 1
  }
  return endless <= endlessMax
}
