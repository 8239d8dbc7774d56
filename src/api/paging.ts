/** Which page of a list. */
export interface PageAsked {
  readonly limit: number
  readonly cursor?: string | undefined
}

/**
 * One page of a list that is sorted by unique names. The cursor is the last name of the page before: it
 * stays good when items come and go.
 */
export function pageOfNamed<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  { limit, cursor }: PageAsked,
): { readonly items: readonly Item[]; readonly next: string | null } {
  const after = cursor === undefined ? '' : Buffer.from(cursor, 'base64url').toString()
  const rest = items
    .filter((item) => nameOf(item) > after)
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  const page = rest.slice(0, limit)
  const last = page.at(-1)
  const next = last && rest.length > limit ? Buffer.from(nameOf(last)).toString('base64url') : null
  return { items: page, next }
}
