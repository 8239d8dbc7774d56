import { createHash } from 'node:crypto'
import type { Problem } from './problem.ts'

/** Which page of a list. */
export interface PageAsked {
  readonly limit: number
  readonly cursor?: string | undefined
}

/** The same, of the list that has this name: a cursor of another one is none here. */
export interface PageOf extends PageAsked {
  readonly list: string
}

/** One page, and the cursor of the next. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly next: string | null
}

/** What a cursor begins with, which tells one that was made here from any other text. */
const markBytes = 6

/** The cursor that goes on behind a place of a list. */
export function cursorAt(list: string, place: string): string {
  return Buffer.concat([markOf(list, place), Buffer.from(place)]).toString('base64url')
}

/** The place that a cursor of this list names; undefined where no list of that name has made it. */
export function placeIn(list: string, cursor: string): string | undefined {
  const place = Buffer.from(cursor, 'base64url').subarray(markBytes).toString()
  return cursorAt(list, place) === cursor ? place : undefined
}

/** What whoever brings a cursor hears that no list has made. */
export const cursorUnknown: Problem = {
  problem: 'request_invalid',
  errors: [{ in: 'query', pointer: 'cursor', reason: 'is not a cursor of this list' }],
}

/**
 * One page of a list that is sorted by unique names. The cursor names the last of the page before: it
 * stays good when items come and go.
 */
export function pageOfNamed<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  { list, limit, cursor }: PageOf,
): Page<Item> | Problem {
  const after = cursor === undefined ? '' : placeIn(list, cursor)
  if (after === undefined) return cursorUnknown
  const rest = items
    .filter((item) => nameOf(item) > after)
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  const page = rest.slice(0, limit)
  const last = page.at(-1)
  return { items: page, next: last && rest.length > limit ? cursorAt(list, nameOf(last)) : null }
}

/** No secret: who makes a cursor of their own gets to a place that they could have got to anyway. */
function markOf(list: string, place: string): Buffer {
  return createHash('sha256').update(`${list}\n${place}`).digest().subarray(0, markBytes)
}
