const charsMax = 2048

/** What commas part, those in quotes and angle brackets left alone. */
const entry = /(?:"(?:[^"\\]|\\.)*"|<[^<>]*>|[^",<>])+/g

/**
 * The entries of header fields that are one list (RFC 3261 7.3.1), in order, each still to be read.
 * Undefined where a quote or a bracket lacks its other half, an entry is empty, or it is too long.
 */
export function listEntries(fields: readonly string[]): readonly string[] | undefined {
  const text = fields.filter((field) => field !== '').join(',')
  if (text.length > charsMax) return undefined
  const entries = text.match(entry) ?? []
  return entries.join(',') === text ? entries : undefined
}
