import type { KeyName } from '../support/gate-config.ts'

/** What stands at a carrier's address: a scenario, a port nobody listens on, or a tripwire. */
export type Callee = `uas-${string}` | 'refuses connections' | 'must not be called'

/** One row: who calls with what, what stands on the other side, and what must come of it. */
export interface Scenario {
  readonly title: string
  readonly caller: `uac-${string}`
  /** The carriers in order of priority. */
  readonly carriers: readonly [Callee, Callee]
  /** Default `good`. */
  readonly key?: KeyName | 'unknown' | 'wrong secret' | 'malformed'
  /** Default: a number of the tenant. */
  readonly callerId?: string
  /** Default: a number that may be called. */
  readonly called?: string
  readonly hops?: number
  /** Reason id that must stand in the refusal. */
  readonly reason?: string
  /** What a pause without a length lasts, on both sides; the caller 300 ms, the callee 0. */
  readonly holdMs?: number
  /** Attestation that must stand in the PASSporT. */
  readonly attestation?: 'A' | 'B'
  /** A carrier may be dialled or not, as the race goes; if so it must see a clean end. */
  readonly carrierMayStayUncalled?: boolean
  /** It is about what UDP loses, or repeats what SIPp over TCP takes for another message. */
  readonly udpOnly?: boolean
  /** Waits for a timer of RFC 3261 to run out. */
  readonly slow?: boolean
  /** Left out on an engine that is known not to do it, with the reason. */
  readonly notOnDrachtio?: string
}

const nobody = 'must not be called'
const noReliable = 'it dies where a caller never acknowledges, so the gate does not ring reliably'

// biome-ignore format: one scenario a line
const answered: readonly Scenario[] = [
  { title: 'a call with its key is carried and signed A', caller: 'uac-call', carriers: ['uas-answer', nobody], attestation: 'A' },
  { title: "a caller ID that is not the tenant's is signed B", caller: 'uac-call', carriers: ['uas-answer', nobody], callerId: '+13125550177', attestation: 'B' },
  { title: 'ringing is heard', caller: 'uac-ringing', carriers: ['uas-answer', nobody] },
  { title: 'an answer without ringing is carried', caller: 'uac-call', carriers: ['uas-answer-at-once', nobody] },
  { title: 'a long ringing is no failure', caller: 'uac-ringing', carriers: ['uas-ring-then-answer', nobody], holdMs: 1500 },
  { title: 'the key header may come in any case', caller: 'uac-key-other-case', carriers: ['uas-answer', nobody] },
  { title: 'a late offer is carried both ways', caller: 'uac-offerless', carriers: ['uas-offer', nobody] },
  { title: 'early media is heard', caller: 'uac-early-media', carriers: ['uas-early-media', nobody] },
  { title: 'no header beyond the allow-list reaches the carrier', caller: 'uac-extra-headers', carriers: ['uas-answer', nobody] },
  { title: 'an INVITE lost on the way to the carrier is repeated', udpOnly: true, caller: 'uac-call', carriers: ['uas-answer-late', nobody] },
  { title: 'an INVITE that the caller repeats is one call', udpOnly: true, caller: 'uac-retransmitted-invite', carriers: ['uas-ring-then-answer', nobody], holdMs: 400 },
  { title: 'a 200 lost on the way to the caller is repeated', udpOnly: true, caller: 'uac-lost-200', carriers: ['uas-answer', nobody] },
  { title: 'of two phones that answer one gets the call and the other is hung up on', caller: 'uac-call', carriers: ['uas-forked', nobody], notOnDrachtio: 'the second 200 is neither acknowledged nor ended (drachtio-server 0.9)' },
  { title: 'a late ACK stops the repetition of the 200', udpOnly: true, caller: 'uac-late-ack', carriers: ['uas-answer', nobody], holdMs: 0 },
]

// biome-ignore format: one scenario a line
const inDialog: readonly Scenario[] = [
  { title: 'a BYE that is answered 500 ends the call', caller: 'uac-call', carriers: ['uas-refuses-bye', nobody] },
  { title: 'a strict router is heeded', caller: 'uac-call', carriers: ['uas-strict-route', nobody] },
  { title: 'the callee may hang up', caller: 'uac-bye-from-callee', carriers: ['uas-bye', nobody], holdMs: 300 },
  { title: 'a call ends at its longest duration', caller: 'uac-bye-from-callee', carriers: ['uas-answer', nobody], key: 'brief' },
  { title: 'the caller puts on hold and takes back', caller: 'uac-reinvite', carriers: ['uas-reinvite', nobody] },
  { title: 'a rejected re-INVITE leaves the call as it was', caller: 'uac-reinvite-rejected', carriers: ['uas-reject-reinvite', nobody] },
  { title: 'the callee puts on hold', caller: 'uac-answers-reinvite', carriers: ['uas-sends-reinvite', nobody] },
  { title: 'UPDATE of the caller is carried', caller: 'uac-update', carriers: ['uas-update', nobody] },
  { title: 'UPDATE of the callee is carried', caller: 'uac-answers-update', carriers: ['uas-sends-update', nobody] },
  { title: 'INFO of the caller is carried', caller: 'uac-info', carriers: ['uas-info', nobody] },
  { title: 'INFO of the callee is carried', caller: 'uac-answers-info', carriers: ['uas-sends-info', nobody] },
  { title: 'a re-INVITE that comes before the last is answered is refused for now', caller: 'uac-reinvite-overlapping', carriers: ['uas-slow-reinvite', nobody] },
  { title: 'a caller that refreshes its session is told each time until when', caller: 'uac-refresh', carriers: ['uas-refreshed', nobody] },
  { title: 'MESSAGE and OPTIONS are carried within the call', caller: 'uac-message', carriers: ['uas-message', nobody] },
]

// biome-ignore format: one scenario a line
const unanswered: readonly Scenario[] = [
  { title: 'a reliable 183 and its PRACK are carried end to end', caller: 'uac-prack', carriers: ['uas-prack', nobody], notOnDrachtio: noReliable },
  { title: 'an offer in the PRACK is answered there', caller: 'uac-prack-offer', carriers: ['uas-prack-offer', nobody], notOnDrachtio: noReliable },
  { title: 'UPDATE of the caller is carried before the answer', caller: 'uac-early-update', carriers: ['uas-early-update', nobody], notOnDrachtio: noReliable },
  { title: 'UPDATE of the callee is carried before the answer', caller: 'uac-answers-early-update', carriers: ['uas-sends-early-update', nobody], notOnDrachtio: noReliable },
  { title: 'two phones ring, and the one that answers is heard', caller: 'uac-two-ringing', carriers: ['uas-two-ringing', nobody] },
  { title: 'a session interval that is too short is refused with the shortest', caller: 'uac-hears-422', carriers: [nobody, nobody], notOnDrachtio: 'it makes the interval longer than was asked for (drachtio-server 0.9)' },
]

// biome-ignore format: one scenario a line
const refused: readonly Scenario[] = [
  { title: 'no key', caller: 'uac-no-key', carriers: [nobody, nobody] },
  { title: 'two keys', caller: 'uac-two-keys', carriers: [nobody, nobody] },
  { title: 'a malformed key', caller: 'uac-refused-403', carriers: [nobody, nobody], key: 'malformed', reason: 'credentials_invalid' },
  { title: 'an unknown key', caller: 'uac-refused-403', carriers: [nobody, nobody], key: 'unknown', reason: 'credentials_invalid' },
  { title: 'a wrong secret', caller: 'uac-refused-403', carriers: [nobody, nobody], key: 'wrong secret', reason: 'credentials_invalid' },
  { title: 'a key from a foreign address', caller: 'uac-refused-403', carriers: [nobody, nobody], key: 'elsewhere', reason: 'credentials_invalid' },
  { title: 'a suspended key', caller: 'uac-refused-403', carriers: [nobody, nobody], key: 'suspended', reason: 'key_suspended' },
  { title: 'a revoked key', caller: 'uac-refused-403', carriers: [nobody, nobody], key: 'revoked', reason: 'key_revoked' },
  { title: 'an expired key', caller: 'uac-refused-403', carriers: [nobody, nobody], key: 'expired', reason: 'key_expired' },
  { title: 'a suspended tenant', caller: 'uac-refused-403', carriers: [nobody, nobody], key: 'orphan', reason: 'tenant_suspended' },
  { title: 'a key without the scope', caller: 'uac-refused-403', carriers: [nobody, nobody], key: 'reader', reason: 'scope_denied' },
  { title: 'a country not allowed', caller: 'uac-refused-403', carriers: [nobody, nobody], called: '+442079460123', reason: 'geo_country_denied' },
  { title: 'a premium number', caller: 'uac-refused-403', carriers: [nobody, nobody], called: '+19002345678', reason: 'geo_type_denied' },
  { title: "a caller ID that is not the tenant's", caller: 'uac-refused-403', carriers: [nobody, nobody], key: 'strict', callerId: '+13125550177', reason: 'caller_id_not_allowed' },
  { title: 'an address without a number', caller: 'uac-refused-400', carriers: [nobody, nobody], called: 'alice', reason: 'number_malformed' },
  { title: 'a number too short', caller: 'uac-refused-484', carriers: [nobody, nobody], called: '+1212', reason: 'number_incomplete' },
  { title: 'a number that cannot exist', caller: 'uac-refused-404', carriers: [nobody, nobody], called: '+11125550123', reason: 'number_invalid' },
  { title: 'a call that has hopped too often', caller: 'uac-refused-483', carriers: [nobody, nobody], hops: 0, reason: 'too_many_hops' },
]

// biome-ignore format: one scenario a line
const cancelled: readonly Scenario[] = [
  { title: 'a CANCEL while it rings reaches the carrier', caller: 'uac-cancel-ringing', carriers: ['uas-cancelled', nobody] },
  { title: 'a CANCEL during early media reaches the carrier', caller: 'uac-cancel-early-media', carriers: ['uas-cancelled-early-media', nobody] },
  { title: 'a CANCEL right after 100 leaves nothing behind', caller: 'uac-cancel-after-100', carriers: ['uas-cancelled', nobody], carrierMayStayUncalled: true },
  { title: 'a CANCEL at once leaves nothing behind', caller: 'uac-cancel-at-once', carriers: ['uas-100-only', nobody], carrierMayStayUncalled: true },
  { title: 'a CANCEL after the answer changes nothing', caller: 'uac-cancel-answered', carriers: ['uas-answer', nobody] },
  { title: 'a 200 that crosses the CANCEL is acknowledged and ended', caller: 'uac-cancel-ringing', carriers: ['uas-late-200', nobody] },
]

// biome-ignore format: one scenario a line
const failedOver: readonly Scenario[] = [
  { title: '503 goes on to the next carrier', caller: 'uac-call', carriers: ['uas-503', 'uas-answer'] },
  { title: 'a redirection is not followed but passed over', caller: 'uac-call', carriers: ['uas-302', 'uas-answer'] },
  { title: 'a carrier that wants credentials is passed over', caller: 'uac-call', carriers: ['uas-401', 'uas-answer'] },
  { title: '500 goes on to the next carrier', caller: 'uac-call', carriers: ['uas-500', 'uas-answer'] },
  { title: 'a refused connection goes on to the next carrier', caller: 'uac-call', carriers: ['refuses connections', 'uas-answer'] },
  { title: 'a silent carrier is left for the next', caller: 'uac-call', carriers: ['uas-silent', 'uas-answer'], holdMs: 300 },
  { title: 'a carrier that only says 100 is cancelled and left', caller: 'uac-call', carriers: ['uas-100-only', 'uas-answer'] },
  { title: 'a callee who lets it ring is cancelled, and nobody else is asked', caller: 'uac-hears-408', carriers: ['uas-cancelled', nobody] },
  { title: 'busy is the answer of the callee', caller: 'uac-hears-486', carriers: ['uas-486', nobody] },
  { title: 'busy after ringing is the answer of the callee', caller: 'uac-hears-486', carriers: ['uas-ring-486', nobody] },
  { title: 'not found is the answer of the callee', caller: 'uac-hears-404', carriers: ['uas-404', nobody] },
  { title: 'declined is declined everywhere', caller: 'uac-hears-603', carriers: ['uas-603', nobody] },
  { title: 'busy at the second carrier is the answer', caller: 'uac-hears-486', carriers: ['uas-503', 'uas-486'] },
  { title: 'no carrier left', caller: 'uac-refused-500', carriers: ['uas-503', 'refuses connections'], reason: 'carriers_exhausted' },
]

// biome-ignore format: one scenario a line
const outside: readonly Scenario[] = [
  { title: 'OPTIONS is answered', caller: 'uac-options', carriers: [nobody, nobody] },
  { title: 'a BYE of no call is answered 481', caller: 'uac-stray-bye', carriers: [nobody, nobody] },
]

/**
 * Scenarios that the gate has to stand on either engine and either transport, in groups. The slow
 * ones (half a minute each) are listed apart.
 */
export const scenarioGroups = {
  answered,
  'before the answer': unanswered,
  'in the dialog': inDialog,
  refused,
  cancelled,
  'failed over': failedOver,
  'outside a call': outside,
} as const satisfies Record<string, readonly Scenario[]>

/** Scenarios that wait for a timer of RFC 3261 to run out (64 * T1). */
export const slowScenarios: readonly Scenario[] = [
  {
    title: 'a 200 never acknowledged is repeated and the call ended',
    caller: 'uac-no-ack',
    slow: true,
    carriers: ['uas-no-ack', nobody],
  },
]
