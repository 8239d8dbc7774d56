import type { z } from '../config/zod.ts'
import { ifMatchForm } from './etag.ts'
import type { FieldError, Problem } from './problem.ts'
import type { Route } from './route.ts'

/** Faults of one request that are told. */
const errorsMax = 20

/** What came, before it is known to be as it should. */
export interface Given {
  readonly params: unknown
  readonly query: unknown
  readonly body: unknown
  readonly headers: Readonly<Record<string, string | undefined>>
}

/** What came and is as the route wants it. */
export interface ReadRequest {
  readonly params: unknown
  readonly query: unknown
  readonly body: unknown
  readonly ifMatch: string
  readonly idempotencyKey: string | undefined
}

const howToMake = 'To make what does not exist yet, send `If-None-Match: *`.'

/** What an Idempotency-Key looks like. */
export const idempotencyKeyForm = /^[\x21-\x7e]{1,200}$/

/** Reads a request by the schemas of its route: all of it, or one problem with every fault of it. */
export function readRequest(wanted: Route, given: Given): ReadRequest | Problem {
  const errors: FieldError[] = []
  const read = (place: FieldError['in'], schema: z.ZodType | undefined, value: unknown) => {
    if (!schema) return undefined
    const result = schema.safeParse(value, { reportInput: true })
    if (result.success) return result.data
    errors.push(...result.error.issues.flatMap((issue) => errorsOf(place, issue)))
    return undefined
  }
  const params = read('path', wanted.params, given.params)
  const query = read('query', wanted.query, given.query)
  if (!wanted.query && Object.keys(Object(given.query)).length > 0) {
    errors.push({ in: 'query', pointer: '', reason: 'takes no parameters' })
  }
  const body = wanted.streamed ? given.body : read('body', wanted.body, given.body)
  if (!wanted.body && !wanted.streamed && given.body !== undefined && given.body !== null) {
    errors.push({ in: 'body', pointer: '', reason: 'takes no body' })
  }
  const idempotencyKey = given.headers['idempotency-key']
  if (wanted.creates && idempotencyKey !== undefined && !idempotencyKeyForm.test(idempotencyKey)) {
    const reason = 'must be 1 to 200 visible ASCII characters'
    errors.push({ in: 'header', pointer: 'Idempotency-Key', reason })
  }
  const absent = wanted.conditional === 'or-absent' ? given.headers['if-none-match'] : undefined
  if (absent !== undefined && absent !== '*') {
    errors.push({ in: 'header', pointer: 'If-None-Match', reason: 'must be *' })
  }
  const ifMatch = given.headers['if-match'] ?? ''
  if (wanted.conditional && ifMatch !== '' && !ifMatchForm.test(ifMatch)) {
    const reason = 'must be * or entity tags in quotes, as in `ETag`'
    errors.push({ in: 'header', pointer: 'If-Match', reason })
  }
  if (errors.length > 0) {
    return { problem: 'request_invalid', errors: errors.slice(0, errorsMax) }
  }
  if (wanted.conditional && ifMatch === '' && absent === undefined) {
    const orAbsent = wanted.conditional === 'or-absent'
    return { problem: 'precondition_required', detail: orAbsent ? howToMake : undefined }
  }
  return { params, query, body, ifMatch, idempotencyKey }
}

/** What zod calls it where there is nothing; what came besides may be odd, but it came. */
const missing: ReadonlySet<string | undefined> = new Set(['invalid_type', 'invalid_value'])

function errorsOf(place: FieldError['in'], issue: z.core.$ZodIssue): FieldError[] {
  const path = issue.path.map(String)
  // The value itself is never told: it may be a secret in the wrong place.
  const isMissing = issue.input === undefined && missing.has(issue.code)
  const reason = isMissing ? 'is missing' : issue.message
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      in: place,
      pointer: pointerOf(place, [...path, key.slice(0, 100)]),
      reason: 'is not known here',
    }))
  }
  return [{ in: place, pointer: pointerOf(place, path), reason }]
}

/** RFC 6901 3. */
function pointerOf(place: FieldError['in'], path: readonly string[]): string {
  if (place !== 'body') return path.join('.')
  return path.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
