import { hash } from 'node:crypto'
import { canonicalJson } from '../kernel/canonical-json.ts'

const tagChars = 22

/** RFC 9110 8.8.3: a strong validator of a state; another state has another. */
export function etagOf(state: unknown): string {
  const text = canonicalJson(JSON.parse(JSON.stringify(state)))
  return `"${hash('sha256', text, 'base64url').slice(0, tagChars)}"`
}

// RFC 9110 8.8.3: a comma may stand in a tag, and so may an asterisk.
const entityTag = String.raw`(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"`
const everyTag = new RegExp(entityTag, 'g')

const further = String.raw`,[ \t]*(?:${entityTag}[ \t]*)?`

/** RFC 9110 13.1.1: `*` alone, or a list of entity tags, of which some may be empty (5.6.1.2). */
export const ifMatchForm = new RegExp(
  String.raw`^(?:\*|(?:${entityTag}[ \t]*|${further})(?:${further})*)$`,
)

/** RFC 9110 13.1.1: whether the state is one of those that the client takes for the current one. */
export function matches(ifMatch: string, etag: string): boolean {
  return ifMatch === '*' || (ifMatch.match(everyTag)?.includes(etag) ?? false)
}
