/** One row of the catalogue of problems. */
interface ProblemRow {
  readonly status: number
  readonly title: string
  /** One sentence for the reference. */
  readonly help: string
}

/** Every way in which a request does not succeed, by the last part of its type. RFC 9457 3.1. */
// biome-ignore format: one problem a line
export const problems = {
  request_invalid:       { status: 400, title: 'The request is not as it should be', help: 'Path, query, headers or body are not as described here; `errors` says where and why.' },
  body_malformed:        { status: 400, title: 'The body cannot be read', help: 'It is no JSON, or has a name that nothing may have.' },
  credentials_missing:   { status: 401, title: 'A key is needed', help: 'No `Authorization: Bearer` came.' },
  credentials_invalid:   { status: 401, title: 'The credentials do not hold', help: 'Unknown key, wrong secret, or an address it does not work from: always the same answer.' },
  key_expired:           { status: 403, title: 'The key has expired', help: 'It is past its expiry.' },
  key_suspended:         { status: 403, title: 'The key is suspended', help: 'Until it is resumed.' },
  key_revoked:           { status: 403, title: 'The key is revoked', help: 'For ever.' },
  tenant_suspended:      { status: 403, title: 'The tenant is suspended', help: 'None of its keys works.' },
  scope_denied:          { status: 403, title: 'The key may not do this', help: 'Its scopes do not have it.' },
  not_found:             { status: 404, title: 'Not found', help: 'There is no such thing, or it is not yours: always the same answer.' },
  method_not_allowed:    { status: 405, title: 'Method not allowed', help: '`Allow` names those that are.' },
  request_too_slow:      { status: 408, title: 'The request comes too slowly', help: 'Its head was not through in 10 seconds, or its body in 30, 300 where it is a stream.' },
  conflict:              { status: 409, title: 'Not as things stand', help: 'What is asked is not possible any more, or not yet.' },
  precondition_failed:   { status: 412, title: 'It has changed meanwhile', help: '`If-Match` names an older state; read it again.' },
  body_too_large:        { status: 413, title: 'The body is too large', help: 'Larger than this operation takes.' },
  media_type_unsupported:{ status: 415, title: 'Media type not supported', help: 'This operation takes another `Content-Type`, and no `Content-Encoding`.' },
  request_unfit:         { status: 422, title: 'The request does not fit', help: 'It is as described here, yet names what is not there or not yours, or cannot be so; `errors` says where and why.' },
  idempotency_mismatch:  { status: 422, title: 'The Idempotency-Key is taken', help: 'It came with another request before.' },
  precondition_required: { status: 428, title: 'If-Match is needed', help: 'With the `ETag` of what you have read.' },
  rate_exceeded:         { status: 429, title: 'Too many requests', help: '`Retry-After` says when to come back.' },
  internal_error:        { status: 500, title: 'Tollgate failed', help: 'Not your fault; it is in the log of the gate.' },
  unavailable:           { status: 501, title: 'This gate does not do that', help: 'Its settings leave it out.' },
  store_unavailable:     { status: 503, title: 'The store does not answer', help: 'Nothing was decided; try again.' },
  audit_unavailable:     { status: 503, title: 'The request cannot be recorded', help: 'What cannot be recorded is not done; try again.' },
} as const satisfies Record<string, ProblemRow>

export type ProblemName = keyof typeof problems

/** What is wrong with one field. RFC 6901 names it within the body; others by their names. */
export interface FieldError {
  readonly in: 'path' | 'query' | 'header' | 'body'
  /** JSON pointer in a body, else the name. */
  readonly pointer: string
  readonly reason: string
}

/** A request that does not succeed, as a value. */
export interface Problem {
  readonly problem: ProblemName
  readonly detail?: string | undefined
  readonly errors?: readonly FieldError[] | undefined
  readonly retryAfterS?: number | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** A request that is as its operation describes it, and yet cannot be done for one field of it. */
export function unfit(place: FieldError['in'], pointer: string, reason: string): Problem {
  return { problem: 'request_unfit', errors: [{ in: place, pointer, reason }] }
}

export const problemMediaType = 'application/problem+json'

/** The body of a problem, and nothing in it that its row and the caller's own words do not say. */
export function problemBody({ problem, detail, errors }: Problem) {
  const { status, title } = problems[problem]
  return { type: `urn:tollgate:problem:${problem}`, title, status, detail, errors }
}

/** The header fields of a problem. */
export function problemHeaders({ problem, retryAfterS, headers }: Problem): Record<string, string> {
  return {
    'content-type': problemMediaType,
    ...(retryAfterS !== undefined && { 'retry-after': String(retryAfterS) }),
    ...challenge(problem),
    ...headers,
  }
}

/** RFC 6750 3: who comes without a good key, or with too small a one, hears what is wanted. */
function challenge(problem: ProblemName): Record<string, string> {
  if (problem === 'credentials_missing') return { 'www-authenticate': 'Bearer' }
  if (problem === 'credentials_invalid') return bearerError('invalid_token')
  return problem === 'scope_denied' ? bearerError('insufficient_scope') : {}
}

function bearerError(error: string): Record<string, string> {
  return { 'www-authenticate': `Bearer error="${error}"` }
}
