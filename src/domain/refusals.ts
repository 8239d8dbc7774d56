/** One row of the catalogue: what a refused caller hears and how it is counted. */
export interface Refusal {
  readonly status: number
  /** Always sent: drachtio-srf has no phrase for 440, 469, 555, 607 and 608. */
  readonly phrase: string
  /** What is known of when trying again may help; whether the answer may say so, its status decides. */
  readonly retryAfter: 'none' | 'given' | 'random'
  readonly httpStatus: number
  readonly severity: 'info' | 'notice' | 'warning'
  /** Whether it speaks against the key in the spike breaker. */
  readonly countsTowardBreaker: boolean
  /** One sentence for the generated page. */
  readonly help: string
}

const policy = { retryAfter: 'none', httpStatus: 403, severity: 'notice' } as const
const limit = { retryAfter: 'given', httpStatus: 429, severity: 'notice' } as const
const node = { retryAfter: 'random', httpStatus: 503, severity: 'warning' } as const

/**
 * Every reason for which a call is refused. The reason id is the same on the wire, in the audit
 * event and in the call record; no two causes share one.
 */
// biome-ignore format: one refusal a line, status and phrase first
export const refusals = {
  credentials_missing:   { status: 403, phrase: 'Forbidden', ...policy, httpStatus: 401, countsTowardBreaker: false, help: 'No key came with the call. 401 with challenges (RFC 8760) where the gate takes digest.' },
  credentials_stale:     { status: 401, phrase: 'Unauthorized', ...policy, httpStatus: 401, countsTowardBreaker: false, help: 'A right digest answer to a challenge that is too old or used up; a fresh challenge comes with it.' },
  credentials_invalid:   { status: 403, phrase: 'Forbidden', ...policy, httpStatus: 401, severity: 'warning', countsTowardBreaker: false, help: 'Unknown or malformed key, wrong secret, several credentials, or an address the key does not work from.' },
  key_expired:           { status: 403, phrase: 'Key Expired', ...policy, countsTowardBreaker: false, help: 'The key is past its expiry.' },
  key_revoked:           { status: 403, phrase: 'Key Revoked', ...policy, severity: 'warning', countsTowardBreaker: false, help: 'The key was revoked.' },
  key_suspended:         { status: 403, phrase: 'Key Suspended', ...policy, countsTowardBreaker: false, help: 'The key is suspended.' },
  tenant_suspended:      { status: 403, phrase: 'Account Suspended', ...policy, countsTowardBreaker: false, help: 'The tenant is suspended.' },
  scope_denied:          { status: 403, phrase: 'Scope Denied', ...policy, countsTowardBreaker: true, help: 'The key may not make calls.' },
  number_incomplete:     { status: 484, phrase: 'Address Incomplete', ...policy, httpStatus: 400, countsTowardBreaker: false, help: 'The called number is too short.' },
  number_malformed:      { status: 400, phrase: 'Malformed Number', ...policy, httpStatus: 400, countsTowardBreaker: true, help: 'The called address holds no telephone number.' },
  uri_scheme_unsupported:{ status: 416, phrase: 'Unsupported URI Scheme', ...policy, httpStatus: 400, countsTowardBreaker: false, help: 'The Request-URI is neither sip, sips nor tel.' },
  number_invalid:        { status: 404, phrase: 'Number Not Assignable', ...policy, httpStatus: 404, countsTowardBreaker: true, help: 'The called number cannot be assigned in its region.' },
  number_ambiguous:      { status: 485, phrase: 'Ambiguous', ...policy, httpStatus: 400, countsTowardBreaker: false, help: 'The called number means two numbers under the policy\'s dial plan.' },
  geo_country_denied:    { status: 403, phrase: 'Destination Country Denied', ...policy, countsTowardBreaker: true, help: 'The region of the called number is not on the policy\'s list.' },
  geo_type_denied:       { status: 403, phrase: 'Destination Type Denied', ...policy, countsTowardBreaker: true, help: 'The type of the called number (premium, satellite, unknown, ...) is not on the policy\'s list.' },
  geo_prefix_denied:     { status: 403, phrase: 'Destination Prefix Denied', ...policy, countsTowardBreaker: true, help: 'The policy, or one of its lists, denies a prefix of the called number, or allows only other prefixes.' },
  call_class_denied:     { status: 403, phrase: 'Call Class Denied', ...policy, countsTowardBreaker: true, help: 'X-Call-Class names a class of calls that the policy does not allow.' },
  outside_calling_hours: { status: 480, phrase: 'Outside Calling Hours', ...limit, httpStatus: 403, countsTowardBreaker: true, help: 'Calls of this class may not be placed at this hour where the callee is, or may be.' },
  do_not_call:           { status: 403, phrase: 'Do Not Call', ...policy, countsTowardBreaker: true, help: 'The called number is on a suppression list, or its owner has opted out.' },
  consent_missing:       { status: 403, phrase: 'Consent Missing', ...policy, countsTowardBreaker: true, help: 'Calls of this class need the callee\'s consent, and none in force is on record.' },
  recording_not_allowed: { status: 403, phrase: 'Recording Not Allowed', ...policy, countsTowardBreaker: false, help: 'The policy records calls in a way that the law of either end, or the key\'s scopes, do not allow.' },
  caller_id_not_allowed: { status: 403, phrase: 'Caller ID Not Allowed', ...policy, countsTowardBreaker: true, help: 'The caller ID is not a number of the tenant, or not a number at all.' },
  caller_id_anonymous:   { status: 433, phrase: 'Anonymity Disallowed', ...policy, countsTowardBreaker: false, help: 'The caller ID is withheld, and the policy refuses that or no number is known.' },
  rate_exceeded:         { status: 480, phrase: 'Call Rate Exceeded', ...limit, countsTowardBreaker: true, help: 'More calls in a second, minute or hour than the key or tenant may place; the text says which.' },
  breaker_open:          { status: 480, phrase: 'Unusual Traffic', ...limit, severity: 'warning', countsTowardBreaker: false, help: 'The spike breaker of the key or tenant is open, or lets few calls through.' },
  concurrency_exceeded:  { status: 480, phrase: 'Too Many Running Calls', ...limit, countsTowardBreaker: false, help: 'All call slots of the key or tenant are taken.' },
  daily_limit_exceeded:  { status: 403, phrase: 'Daily Call Limit Reached', ...limit, countsTowardBreaker: true, help: 'The key or tenant has placed all its calls of the day; days end at midnight in the tenant\'s time zone.' },
  monthly_limit_exceeded:{ status: 403, phrase: 'Monthly Call Limit Reached', ...limit, countsTowardBreaker: true, help: 'The key or tenant has placed all its calls of the month.' },
  attempts_per_callee_exceeded: { status: 480, phrase: 'Too Many Attempts To This Number', ...limit, countsTowardBreaker: true, help: 'More calls to this one number within 24 hours or 30 days than the key or tenant may place; the text says which.' },
  budget_exceeded:       { status: 403, phrase: 'Budget Exceeded', ...limit, httpStatus: 402, countsTowardBreaker: true, help: 'What is left of the budget of the key or tenant for the day or month does not suffice for the call; also the reason of the BYE or CANCEL that ends a running call.' },
  price_exceeded:        { status: 403, phrase: 'Price Too High', ...policy, countsTowardBreaker: true, help: 'A minute to the called number, connection fee included, costs more than the policy allows.' },
  price_unknown:         { status: 403, phrase: 'Price Unknown', ...policy, severity: 'warning', countsTowardBreaker: false, help: 'Budget or price are limited, and no rate in that currency is known for the called number.' },
  emergency_test_key:    { status: 403, phrase: 'Emergency Not Carried By Test Key', ...policy, severity: 'warning', countsTowardBreaker: false, help: 'An emergency number was dialled with a test key, whose calls reach nobody.' },
  loop_detected:         { status: 482, phrase: 'Loop Detected', ...policy, httpStatus: 409, countsTowardBreaker: false, help: 'The call came back to us.' },
  too_many_hops:         { status: 483, phrase: 'Too Many Hops', ...policy, httpStatus: 409, countsTowardBreaker: false, help: 'Max-Forwards has reached zero.' },
  request_malformed:     { status: 400, phrase: 'Bad Request', ...policy, httpStatus: 400, countsTowardBreaker: false, help: 'The INVITE lacks what a call needs.' },
  extension_unsupported: { status: 420, phrase: 'Bad Extension', ...policy, httpStatus: 400, countsTowardBreaker: false, help: 'The INVITE requires an extension that cannot pass; Unsupported names it.' },
  no_route:              { status: 404, phrase: 'No Route', ...policy, httpStatus: 404, severity: 'warning', countsTowardBreaker: false, help: 'No carrier serves the called number.' },
  sips_unavailable:      { status: 480, phrase: 'SIPS Not Allowed', ...policy, httpStatus: 404, countsTowardBreaker: false, help: 'The caller wants TLS on every hop (sips) and nobody who serves the called number has it. RFC 5630 5.3.' },
  privacy_unavailable:   { status: 500, phrase: 'Privacy Unavailable', ...policy, httpStatus: 501, countsTowardBreaker: false, help: 'RFC 3323 5: the caller insists (`critical`) on a privacy that the gate cannot give, such as that of the media.' },
  carriers_exhausted:    { status: 500, phrase: 'No Carrier Available', ...limit, httpStatus: 502, severity: 'warning', countsTowardBreaker: false, help: 'Every carrier failed; the best answer is passed on where there is one; where limits were full the text names the one that frees first.' },
  number_unowned:        { status: 404, phrase: 'Not Found', ...policy, httpStatus: 404, countsTowardBreaker: false, help: 'Of a call that comes in: the called number belongs to no tenant, or is no number at all.' },
  trunk_missing:         { status: 480, phrase: 'Not Connected', ...policy, httpStatus: 404, severity: 'warning', countsTowardBreaker: false, help: 'Of a call that comes in: the tenant has the called number, but no trunk that takes it.' },
  trunk_unreachable:     { status: 480, phrase: 'Trunk Unreachable', ...policy, httpStatus: 502, severity: 'warning', countsTowardBreaker: false, help: 'Of a call that comes in: no target of the tenant\'s trunk took it; the best answer is passed on where there is one.' },
  identity_required:     { status: 428, phrase: 'Use Identity Header', ...policy, countsTowardBreaker: false, help: 'Of a call that comes in: it is not signed and the trunk\'s policy wants it to be.' },
  identity_stale:        { status: 403, phrase: 'Stale Date', ...policy, countsTowardBreaker: false, help: 'Of a call that comes in: its Identity was signed too long ago, or later than now.' },
  identity_info_bad:     { status: 436, phrase: 'Bad Identity Info', ...policy, countsTowardBreaker: false, help: 'Of a call that comes in: the certificate that its Identity names cannot be had.' },
  identity_credential_unsupported: { status: 437, phrase: 'Unsupported Credential', ...policy, countsTowardBreaker: false, help: 'Of a call that comes in: the certificate that its Identity names is not trusted for this caller.' },
  identity_invalid:      { status: 438, phrase: 'Invalid Identity Header', ...policy, countsTowardBreaker: false, help: 'Of a call that comes in: its Identity is malformed, belongs to another call, or is not what was signed.' },
  node_overloaded:       { status: 503, phrase: 'Overloaded', ...node, countsTowardBreaker: false, help: 'This node has no room for a further call.' },
  node_draining:         { status: 503, phrase: 'Draining', ...node, severity: 'info', countsTowardBreaker: false, help: 'This node is going down and takes no new calls.' },
  store_unavailable:     { status: 503, phrase: 'Admission Unavailable', ...node, countsTowardBreaker: false, help: 'The call cannot be decided because the store does not answer.' },
  audit_unavailable:     { status: 503, phrase: 'Evidence Unavailable', ...node, countsTowardBreaker: false, help: 'The decision cannot be recorded.' },
  signing_unavailable:   { status: 503, phrase: 'Signing Unavailable', ...node, countsTowardBreaker: false, help: 'The caller identity cannot be signed.' },
  internal_error:        { status: 500, phrase: 'Server Internal Error', retryAfter: 'none', httpStatus: 500, severity: 'warning', countsTowardBreaker: false, help: 'The gate failed to decide the call, so it is refused.' },
} as const satisfies Record<string, Refusal>

export type Reason = keyof typeof refusals

/** All reason ids, in the order of the catalogue. */
export const reasons = Object.keys(refusals) as Reason[]

/** What is answered for each reason. */
export type RefusalCatalogue = Readonly<Record<Reason, Refusal>>

/** RFC 3261 20.33: the answers that may say when to come back. */
const retryAfterStatuses: ReadonlySet<number> = new Set([404, 413, 480, 486, 500, 503, 600, 603])

/**
 * Whether the answer may carry Retry-After. RFC 3261 21.5.4: 503 with it tells the peer to send nothing
 * at all until then, which is for this node's own state and never for one tenant's limit.
 */
export function maySayWhen({ status, retryAfter }: Refusal): boolean {
  if (retryAfter === 'none' || !retryAfterStatuses.has(status)) return false
  return retryAfter === 'random' || status !== 503
}

/** Statuses that an operator may choose: those that mean no more than that the call is refused. */
export const choosableStatuses = [400, 402, 403, 404, 410, 413, 480, 486, 500, 503, 600, 603]

/** Whether the reason is one of RFC 8224 6.2.2: the caller is not proven to be who it says. */
export function isOfStir(reason: Reason): boolean {
  return reason.startsWith('identity_')
}

/**
 * Reasons whose answer is not the operator's: who has proven no key hears the same for every fault,
 * and peers act on the others by their status (RFC 3261 16.3, 21.4.15, RFC 8224 6.2.2).
 */
export const fixedReasons: ReadonlySet<Reason> = new Set<Reason>([
  ...(['credentials_missing', 'credentials_stale', 'credentials_invalid'] as const),
  ...(['loop_detected', 'too_many_hops', 'extension_unsupported'] as const),
  ...reasons.filter(isOfStir),
])

/** Another answer for a reason. */
export interface RefusalChange {
  readonly reason: Reason
  readonly status?: number | undefined
  readonly phrase?: string | undefined
}

/** The catalogue with an operator's answers. */
export function refusalsWith(changes: readonly RefusalChange[]): RefusalCatalogue {
  const catalogue: Record<Reason, Refusal> = { ...refusals }
  for (const { reason, status, phrase } of changes) {
    const usual = catalogue[reason]
    const changed = { status: status ?? usual.status, phrase: phrase ?? usual.phrase }
    catalogue[reason] = { ...usual, ...changed }
  }
  return catalogue
}
