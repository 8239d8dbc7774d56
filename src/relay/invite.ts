import type { CallAttempt } from '../domain/attempt.ts'
import type { Candidate } from '../domain/carrier.ts'
import type { Grant } from '../domain/decision.ts'
import { dialledText } from '../domain/number.ts'
import { privacyLeft, readPrivacy } from '../domain/privacy.ts'
import type { Payload } from '../sip/messages.ts'
import type { RawMessage } from '../sip/raw-message.ts'
import { anonymousFrom, hopsLeft, passing } from './headers.ts'

/** The signed caller identity. */
export interface SignedIdentity {
  /** The whole value of each Identity header. RFC 8224 4.1. */
  readonly identities: readonly string[]
  /** The value of the Date header, where one goes with it. */
  readonly dateHeader?: string | undefined
}

export interface InviteInput {
  readonly attempt: CallAttempt
  readonly message: RawMessage
  readonly grant: Grant
  /** Undefined for an emergency call: RFC 8225 names telephone numbers, and 911 is none. */
  readonly signed: SignedIdentity | undefined
}

/** Builds, once a call, all of the INVITE to a carrier that is the same for every gateway. */
export function buildInvite(input: InviteInput): Payload {
  const { message, grant, signed, attempt } = input
  const { e164 } = grant.caller
  // The engine writes its own address where we say localhost.
  const identity = `<sip:${e164}@localhost>`
  const hidden = grant.callerWithheld
  const { headers, body } = passing(message, 'invite')
  headers['Max-Forwards'] = String(hopsLeft(message))
  headers.From = hidden ? anonymousFrom : identity
  // Only an emergency call may come without a number; then there is nothing to assert.
  if (e164.startsWith('+')) headers['P-Asserted-Identity'] = identity
  const privacy = privacyLeft(readPrivacy(attempt.privacy), hidden)
  if (privacy !== undefined) headers.Privacy = privacy
  if (signed?.dateHeader !== undefined) headers.Date = signed.dateHeader
  // RFC 8224 4: one field each; a comma in between would be read as part of the first.
  const identities = signed ? { Identity: signed.identities } : {}
  return { headers: { ...headers, ...identities }, body }
}

/** Where a call is tried, and whether by `sips`. */
type Place = Pick<Candidate, 'gateway' | 'isSecure'>

/** The INVITE for one gateway: where to, who is called there, and who calls as far as it may know. */
export function addressInvite(
  invite: Payload,
  grant: Grant,
  candidate: Place & { readonly trusted?: boolean | undefined },
): { uri: string; payload: Payload } {
  // Who answers an emergency call has to know who called.
  const tells = !grant.callerWithheld || candidate.trusted || 'emergency' in grant.called
  const headers = tells ? invite.headers : untold(invite.headers)
  return addressed({ headers, body: invite.body }, dialledText(grant.called), candidate)
}

/** The INVITE with the number that is called at an address. */
export function addressed(
  invite: Payload,
  called: string,
  { gateway, isSecure }: Place,
): { uri: string; payload: Payload } {
  const address = `${isSecure ? 'sips' : 'sip'}:${called}@${hostOf(gateway)}:${gateway.port}`
  return {
    // RFC 5630 3.1.4: of sips the transport is that under TLS, and TCP goes without saying.
    uri: isSecure ? address : `${address};transport=${gateway.transport}`,
    payload: { headers: { ...invite.headers, To: `<${address}>` }, body: invite.body },
  }
}

/** Where a message for a PBX that has registered is sent, and as whom it is called there. */
export interface RegisteredPlace extends Place {
  readonly contact: string
}

/**
 * The INVITE for a PBX that has registered. RFC 3261 16.5: the Contact is the Request-URI. RFC 7315
 * 5.4: which number was called stands beside it.
 */
export function addressedToRegistered(
  invite: Payload,
  called: string,
  { contact, ...place }: RegisteredPlace,
): { uri: string; payload: Payload; proxy?: string } {
  const { gateway } = place
  const { payload } = addressed(invite, called, place)
  const headers = { ...payload.headers, 'P-Called-Party-ID': `<tel:${called}>` }
  const to = { uri: contact, payload: { headers, body: payload.body } }
  if (gateway.transport !== 'udp') return to
  // Behind a NAT the Contact leads nowhere, and it is the tenant's word: the registration's source counts.
  return { ...to, proxy: `sip:${hostOf(gateway)}:${gateway.port}` }
}

function hostOf({ host }: Place['gateway']): string {
  return host.includes(':') ? `[${host}]` : host
}

/**
 * RFC 3325 5: who is not trusted gets nothing that names a caller who withholds it: neither the
 * asserted identity nor the PASSporT, whose `orig` is the number.
 */
function untold(headers: Payload['headers']): Payload['headers'] {
  const { 'P-Asserted-Identity': _asserted, Identity: _signed, Privacy, ...rest } = headers
  const left = typeof Privacy === 'string' ? Privacy.replace(/^id;?/, '') : ''
  return left === '' || left === 'critical' ? rest : { ...rest, Privacy: left }
}
