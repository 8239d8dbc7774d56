import { hash } from 'node:crypto'
import { canonicalJson } from '../kernel/canonical-json.ts'

const tagChars = 22

/** RFC 9110 8.8.3: a strong validator of a state; another state has another. */
export function etagOf(state: unknown): string {
  const text = canonicalJson(JSON.parse(JSON.stringify(state)))
  return `"${hash('sha256', text, 'base64url').slice(0, tagChars)}"`
}

/** RFC 9110 13.1.1: whether the state is one of those that the client takes for the current one. */
export function matches(ifMatch: string, etag: string): boolean {
  const wanted = ifMatch.split(',').map((one) => one.trim())
  return wanted.includes('*') || wanted.includes(etag)
}
