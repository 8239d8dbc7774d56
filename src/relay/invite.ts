import type { CallAttempt } from '../domain/attempt.ts'
import type { Gateway } from '../domain/carrier.ts'
import type { Grant } from '../domain/decision.ts'
import { dialledText } from '../domain/number.ts'
import type { Payload } from '../sip/messages.ts'
import type { RawMessage } from '../sip/raw-message.ts'
import { hopsLeft, passingHeaders } from './headers.ts'

/** The signed caller identity. */
export interface SignedIdentity {
  /** The whole value of the Identity header. RFC 8224 4.1. */
  readonly identity: string
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

/** RFC 3323 4.2, RFC 3325 9.3: the words by which a caller wants its number kept from the callee. */
const hidingWords: ReadonlySet<string> = new Set(['id', 'user', 'header', 'session'])

/** Builds, once a call, all of the INVITE to a carrier that is the same for every gateway. */
export function buildInvite(input: InviteInput): Payload {
  const { message, grant, signed, attempt } = input
  const { e164 } = grant.caller
  // The engine writes its own address where we say localhost.
  const identity = `<sip:${e164}@localhost>`
  const hidden = wantsHiding(attempt.privacy)
  const headers = passingHeaders(message, 'invite')
  headers['Max-Forwards'] = String(hopsLeft(message))
  headers.From = hidden ? '"Anonymous" <sip:anonymous@anonymous.invalid>' : identity
  // Only an emergency call may come without a number; then there is nothing to assert.
  if (e164.startsWith('+')) headers['P-Asserted-Identity'] = identity
  if (hidden) headers.Privacy = 'id'
  if (signed) headers.Identity = signed.identity
  if (signed?.dateHeader !== undefined) headers.Date = signed.dateHeader
  return { headers, body: message.body }
}

/** The INVITE for one gateway: where to, and who is called there. */
export function addressInvite(
  invite: Payload,
  grant: Grant,
  gateway: Gateway,
): { uri: string; payload: Payload } {
  const called = dialledText(grant.called)
  const host = gateway.host.includes(':') ? `[${gateway.host}]` : gateway.host
  const address = `sip:${called}@${host}:${gateway.port}`
  const headers = { ...invite.headers, To: `<${address}>` }
  return {
    uri: `${address};transport=${gateway.transport}`,
    payload: { headers, body: invite.body },
  }
}

function wantsHiding(privacy: readonly string[]): boolean {
  return privacy.some((value) =>
    value.split(/[;,]/).some((word) => hidingWords.has(word.trim().toLowerCase())),
  )
}
