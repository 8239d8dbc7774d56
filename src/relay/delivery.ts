import type { CallAttempt } from '../domain/attempt.ts'
import type { InboundGrant } from '../domain/decision.ts'
import { privacyLeft, readPrivacy } from '../domain/privacy.ts'
import { hideSecrets } from '../kernel/secret.ts'
import { isOneLine } from '../sip/header-value.ts'
import type { Payload } from '../sip/messages.ts'
import type { RawMessage } from '../sip/raw-message.ts'
import { anonymousFrom, hopsLeft, passing } from './headers.ts'

export interface DeliveryInput {
  readonly attempt: CallAttempt
  readonly message: RawMessage
  readonly grant: InboundGrant
}

/** More Identity fields than an honest call has behind all its diversions. */
const identitiesMax = 8

/**
 * Builds, once a call, all of the INVITE to a tenant's trunk that is the same for every target. What it
 * says of the caller is ours: a `verstat` or X- header that somebody else wrote ends here.
 */
export function buildDelivery({ attempt, message, grant }: DeliveryInput): Payload {
  const { caller, trunk } = grant
  const { headers: left, body } = passing(message, 'invite')
  const headers: Record<string, string | readonly string[]> = left
  headers['Max-Forwards'] = String(hopsLeft(message))
  const identity = identityOf(grant)
  headers.From = caller.hidden ? anonymousFrom : (identity ?? anonymousFrom)
  // RFC 3325 5: who is not trusted does not get what the caller withholds, in whatever header.
  const maySee = trunk.trusted || !caller.hidden
  if (maySee && identity !== undefined) headers['P-Asserted-Identity'] = identity
  // RFC 3325 9.3: with the number goes the wish that it goes no further.
  const privacy = privacyLeft(readPrivacy(attempt.privacy), maySee && caller.hidden)
  if (privacy !== undefined) headers.Privacy = privacy
  if (maySee && trunk.forwardsIdentity) Object.assign(headers, vouchers(attempt))
  if (trunk.tellsInXHeaders) Object.assign(headers, found(grant))
  return { headers, body }
}

/** The caller's address; undefined where nobody says who calls. */
function identityOf({ caller, verification, isMarked }: InboundGrant): string | undefined {
  const { user, display } = caller
  if (user === undefined) return undefined
  const name = display ? `"${display.replace(/["\\]/g, '\\$&')}" ` : ''
  // 3GPP TS 24.229 7.2A.20: a parameter of the telephone number, which `user=phone` says it is.
  const verstat = isMarked && verification ? `;verstat=${verification.verstat}` : ''
  // The engine writes its own address where we say localhost.
  const uri = `<sip:${user}${verstat}@localhost${verstat ? ';user=phone' : ''}>`
  const named = `${name}${uri}`
  return isOneLine(named) && hideSecrets(named) === named ? named : uri
}

/** RFC 8224 4.1: one field each, in their order, for a tenant that verifies for itself. */
function vouchers({ identities, date }: CallAttempt): Record<string, string | readonly string[]> {
  const sound = identities.filter(isOneLine).slice(0, identitiesMax)
  if (sound.length === 0) return {}
  return { Identity: sound, ...(date !== undefined && isOneLine(date) ? { Date: date } : {}) }
}

function found({ verification, isMarked }: InboundGrant): Record<string, string> {
  if (!verification || !isMarked) return {}
  const { verstat, attestation } = verification
  return { 'X-Verstat': verstat, ...(attestation ? { 'X-Attestation': attestation } : {}) }
}
