import { type Reason, refusals } from '../domain/refusals.ts'
import type { Fault } from './faults.ts'
import type { Proof } from './signing-carrier.ts'

/** Which key a call brings: one of config/demo.yaml by its id there, or none, or a false one. */
export type KeyChoice =
  | { readonly declared: string }
  | 'none'
  | 'unknown'
  | 'wrong secret'
  | 'malformed'
  | 'two keys'

/** What came of a call, as far as the demo looks. */
export interface Outcome {
  /** As the audit log has it; '' where nothing could be written down. */
  readonly decision: 'admitted' | 'refused' | ''
  readonly status: number
  /** The reason id that the caller heard, or ''. */
  readonly reason: string
  /** As the carrier, or the PBX of a call that comes in, received it; '' where no INVITE reached one. */
  readonly attestation: string
  /** The gateways that the call reached, in order. */
  readonly gateways: string
}

/** One call to be placed, and what must come of it. */
export interface Line {
  readonly key: KeyChoice
  readonly from?: string
  /** A number, or a whole URI. */
  readonly to?: string
  readonly maxForwards?: string
  /** What the call says that it is for. */
  readonly callClass?: string
  /** An extension that the callee must understand. */
  readonly require?: string
  readonly privacy?: string
  /** It says that it has been at the gate before. */
  readonly cameThroughGate?: boolean
  /** What has to happen first for the line to make sense. */
  readonly after?: 'a call' | 'a call that goes on'
  /** A carrier brings it to a tenant's number, with what proves the caller. */
  readonly inbound?: Proof
  /** Placed on a second gate in which something is broken. */
  readonly fault?: Fault
  readonly cancelWhenRinging?: boolean
  readonly expected: Outcome
}

const pbx = { declared: 'pbx' } as const
const ownNumber = '+12125550100'
const someoneElses = '+13105550199'

/** What an ordinary call is made of where a line does not say otherwise. */
export const ordinary = { from: ownNumber, to: '+12125550123', maxForwards: '70' } as const

/** A call that a carrier brings where a line does not say otherwise. */
const brought = { key: 'none', from: '+13125550188', to: ownNumber } as const

const answered: Outcome = {
  decision: 'admitted',
  status: 200,
  reason: '',
  attestation: 'A',
  gateways: 'atlas-1',
}

function refused(reason: Reason): Outcome {
  const { status } = refusals[reason]
  return { decision: 'refused', status, reason, attestation: '', gateways: '' }
}

/** Calls that are let through. */
const admittedLines: readonly Line[] = [
  { key: pbx, expected: answered },
  {
    key: { declared: 'partner' },
    from: someoneElses,
    expected: { ...answered, attestation: 'B' },
  },
  { key: pbx, to: '+12125550171', expected: { ...answered, gateways: 'atlas-1 borealis-1' } },
  {
    key: pbx,
    to: '+12125550191',
    cancelWhenRinging: true,
    expected: { ...answered, status: 487 },
  },
  { ...brought, inbound: 'signed', expected: { ...answered, gateways: 'acme-pbx-1' } },
]

type Given = Omit<Line, 'expected'>

/** How a caller comes to hear each refusal; the type makes sure that none is left out. */
// biome-ignore format: one refusal a line
const refusedCalls: Readonly<Record<Reason, readonly Given[]>> = {
  credentials_missing:    [{ key: 'none' }],
  credentials_invalid:    [{ key: 'unknown' }, { key: 'wrong secret' }, { key: 'malformed' }, { key: 'two keys' }, { key: { declared: 'elsewhere' } }],
  credentials_stale:      [], // takes a challenge that has grown old
  key_expired:            [{ key: { declared: 'expired' } }],
  key_revoked:            [{ key: { declared: 'revoked' } }],
  key_suspended:          [{ key: { declared: 'suspended' } }],
  tenant_suspended:       [{ key: { declared: 'dormant' }, from: '+12125550110' }],
  scope_denied:           [{ key: { declared: 'reader' } }],
  number_incomplete:      [{ key: pbx, to: '+1212' }],
  number_malformed:       [{ key: pbx, to: 'sip:reception@example.com' }],
  uri_scheme_unsupported: [{ key: pbx, to: 'urn:service:counseling' }],
  number_invalid:         [{ key: pbx, to: '+12120550123' }],
  number_ambiguous:       [{ key: { declared: 'berlin' }, to: 'sip:30123456@gate.example' }],
  geo_country_denied:     [{ key: pbx, to: '+18769261234' }],
  geo_type_denied:        [{ key: pbx, to: '+19002345678' }],
  geo_prefix_denied:      [{ key: { declared: 'fenced' }, to: '+12125550191' }],
  call_class_denied:      [{ key: pbx, callClass: 'marketing' }],
  outside_calling_hours:  [{ key: { declared: 'everywhere' }, to: '+80012345678', callClass: 'marketing' }],
  do_not_call:            [{ key: pbx, to: '+12125550177' }],
  consent_missing:        [{ key: { declared: 'courteous' } }],
  recording_not_allowed:  [{ key: { declared: 'recorder' }, to: someoneElses }],
  caller_id_not_allowed:  [{ key: pbx, from: someoneElses }],
  caller_id_anonymous:    [{ key: pbx, from: 'sip:anonymous@anonymous.invalid' }],
  rate_exceeded:          [{ key: { declared: 'hasty' }, after: 'a call' }],
  breaker_open:           [], // takes unusual traffic
  concurrency_exceeded:   [{ key: { declared: 'single' }, after: 'a call that goes on' }],
  daily_limit_exceeded:   [{ key: { declared: 'daily' }, after: 'a call' }],
  monthly_limit_exceeded: [{ key: { declared: 'monthly' }, after: 'a call' }],
  attempts_per_callee_exceeded: [{ key: { declared: 'insistent' }, after: 'a call' }],
  budget_exceeded:        [{ key: { declared: 'spent' }, from: '+12125550111' }],
  price_exceeded:         [{ key: { declared: 'cheap' }, from: '+12125550111' }],
  price_unknown:          [{ key: { declared: 'thrifty' } }],
  too_many_hops:          [{ key: pbx, maxForwards: '0' }],
  request_malformed:      [{ key: pbx, maxForwards: 'many' }],
  emergency_test_key:     [{ key: { declared: 'sandbox' }, to: '911' }],
  loop_detected:          [{ key: pbx, cameThroughGate: true }],
  extension_unsupported:  [{ key: pbx, require: 'teleportation' }],
  privacy_unavailable:    [{ key: pbx, privacy: 'session;critical' }],
  no_route:               [{ key: pbx, fault: 'no carrier' }],
  sips_unavailable:       [], // takes a call over TLS
  carriers_exhausted:     [{ key: pbx, to: '+12125550181' }],
  number_unowned:         [{ ...brought, inbound: 'signed', to: someoneElses }],
  trunk_missing:          [{ ...brought, inbound: 'signed', to: '+12125550111' }],
  trunk_unreachable:      [{ ...brought, inbound: 'signed', to: '+12125550281' }],
  identity_required:      [{ ...brought, inbound: 'unsigned' }],
  identity_stale:         [{ ...brought, inbound: 'stale' }],
  identity_info_bad:      [{ ...brought, inbound: 'no certificate' }],
  identity_credential_unsupported: [{ ...brought, inbound: 'untrusted' }],
  identity_invalid:       [{ ...brought, inbound: 'tampered' }],
  store_unavailable:      [{ key: pbx, fault: 'store' }],
  audit_unavailable:      [{ key: pbx, fault: 'audit log' }],
  signing_unavailable:    [{ key: pbx, fault: 'signing key' }],
  internal_error:         [{ key: pbx, fault: 'a bug' }],
  node_overloaded:        [{ key: pbx, fault: 'no room', after: 'a call that goes on' }],
  node_draining:          [{ key: pbx, fault: 'draining', after: 'a call that goes on' }],
}

/** Where more is to be seen than a refusal, or less. */
const exceptions: Partial<Record<Reason, Partial<Outcome>>> = {
  // The embedded engine answers what it cannot read by itself; nothing reaches the gate.
  request_malformed: { decision: '', reason: '' },
  audit_unavailable: { decision: '' },
  // Nobody is to blame who called: admitted, and then not carried.
  no_route: { decision: 'admitted' },
  signing_unavailable: { decision: 'admitted' },
  trunk_unreachable: { decision: 'admitted', attestation: 'A', gateways: 'acme-pbx-1' },
  carriers_exhausted: {
    decision: 'admitted',
    attestation: 'A',
    gateways: 'atlas-1 borealis-1',
  },
}

const refusedLines = (Object.keys(refusedCalls) as Reason[]).flatMap((reason) =>
  refusedCalls[reason].map(
    (given): Line => ({ ...given, expected: { ...refused(reason), ...exceptions[reason] } }),
  ),
)

/** Everything that the demo places, in this order. */
export const lines: readonly Line[] = [...admittedLines, ...refusedLines]
