/** What a caller asks of those who carry its call, in its Privacy fields. RFC 3323 4.2. */
export interface PrivacyWishes {
  /** The callee is not to learn who calls. */
  readonly withholds: boolean
  /** Asked for and not done here, lower case: the media is not ours to make anonymous. */
  readonly unmet: readonly string[]
  /** The call is not to be carried unless all that is asked is done. */
  readonly critical: boolean
  /** Nothing is to be kept from anybody, whatever else is usual. */
  readonly none: boolean
}

/**
 * RFC 3323 4.2, RFC 3325 9.3: the words that withhold who calls. `session` is about the media, and
 * `history` (RFC 7044 10.1.2) about fields that never leave here.
 */
const withholding: ReadonlySet<string> = new Set(['id', 'user', 'header'])
const harmless: ReadonlySet<string> = new Set(['history', 'critical', 'none'])

/** RFC 3261 25.1 token. */
const token = /^[\w.!%*+`'~-]{1,32}$/

/** Reads Privacy fields. Where `none` stands beside other words, which RFC 3323 forbids, these count. */
export function readPrivacy(fields: readonly string[]): PrivacyWishes {
  const words = new Set(fields.flatMap(wordsOf))
  const withholds = [...words].some((word) => withholding.has(word))
  const unmet = [...words].filter((word) => !withholding.has(word) && !harmless.has(word))
  const none = words.has('none') && !withholds && unmet.length === 0
  return { withholds, unmet, critical: words.has('critical'), none }
}

/**
 * The Privacy field of what goes out; undefined where nothing is left to be done. RFC 3323 5: what
 * was done here is no longer asked for. `keepsId`: who receives it has the number and is to keep it.
 */
export function privacyLeft(wishes: PrivacyWishes, keepsId: boolean): string | undefined {
  if (wishes.none) return 'none'
  const left = [...(keepsId ? ['id'] : []), ...wishes.unmet]
  if (left.length === 0) return undefined
  return [...left, ...(wishes.critical ? ['critical'] : [])].join(';')
}

/** One field's words; RFC 3323 has semicolons, and commas are seen as well. */
function wordsOf(field: string): string[] {
  return field
    .split(/[;,]/)
    .map((word) => word.trim().toLowerCase())
    .filter((word) => token.test(word))
}
