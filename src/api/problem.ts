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
  request_invalid:       { status: 400, title: 'The request is invalid', help: 'Path, query, headers or body do not match this reference; `errors` says where and why.' },
  body_malformed:        { status: 400, title: 'The body cannot be read', help: 'It is not valid JSON, or has a member name that is not allowed.' },
  credentials_missing:   { status: 401, title: 'A key is needed', help: 'The request has no `Authorization: Bearer`.' },
  credentials_invalid:   { status: 401, title: 'The credentials are not valid', help: 'Unknown key, wrong secret, or an address the key does not work from; the answer never says which.' },
  key_expired:           { status: 403, title: 'The key has expired', help: 'It worked until `expiresAt`.' },
  key_suspended:         { status: 403, title: 'The key is suspended', help: 'It works again once it is resumed.' },
  key_revoked:           { status: 403, title: 'The key is revoked', help: 'It never works again.' },
  tenant_suspended:      { status: 403, title: 'The tenant is suspended', help: 'None of its keys works.' },
  scope_denied:          { status: 403, title: 'The key may not do this', help: 'It lacks the scope, or would hand out more rights than it has.' },
  not_found:             { status: 404, title: 'Not found', help: 'It does not exist or is not yours; the answer never says which.' },
  method_not_allowed:    { status: 405, title: 'Method not allowed', help: '`Allow` lists the methods that are.' },
  request_too_slow:      { status: 408, title: 'The request came too slowly', help: 'Its headers took more than 10 seconds, or its body more than 30 (as a stream: 300).' },
  conflict:              { status: 409, title: 'Not possible in the present state', help: 'It is no longer possible, or not yet; `detail` may say why.' },
  precondition_failed:   { status: 412, title: 'The state is another one', help: '`If-Match` names an older state, or `If-None-Match: *` what exists; read it again.' },
  body_too_large:        { status: 413, title: 'The body is too large', help: 'It is larger than this operation accepts.' },
  media_type_unsupported:{ status: 415, title: 'Media type not supported', help: 'This operation takes another `Content-Type`, or no `Content-Encoding`.' },
  request_unfit:         { status: 422, title: 'The request cannot be met', help: 'It matches this reference but names what does not exist, is not yours or is not possible; `errors` says where and why.' },
  idempotency_mismatch:  { status: 422, title: 'The Idempotency-Key is used', help: 'It came with a different request before.' },
  precondition_required: { status: 428, title: 'If-Match is needed', help: 'Send the `ETag` of what you have read.' },
  rate_exceeded:         { status: 429, title: 'Too many requests', help: '`Retry-After` says when to come back.' },
  internal_error:        { status: 500, title: 'Tollgate failed', help: 'This is not your fault; the log of the gate has the error.' },
  unavailable:           { status: 501, title: 'This gate does not do that', help: 'Its settings do not turn it on.' },
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
