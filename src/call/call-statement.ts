import type { Grant } from '../domain/decision.ts'
import { origIdOf } from '../domain/orig-id.ts'
import {
  type CallStatement,
  type DivStatement,
  partyOf,
  type RcdStatement,
} from '../identity/passport.ts'
import type { RawMessage } from '../sip/raw-message.ts'

/** What of a Subject may be shown as the reason of a call. RFC 9795 5.2: no control characters. */
const shown = /^[^\p{C}]{1,100}$/u

/**
 * What is to be signed of an admitted call. Undefined for an emergency call: RFC 8225 names telephone
 * numbers, and 911 is none.
 */
export function statementOf(grant: Grant, message: RawMessage): CallStatement | undefined {
  const { called, caller, attestation, tenant, key } = grant
  if (!('e164' in called)) return undefined
  return {
    attestation,
    origE164: caller.e164,
    destE164: called.e164,
    origId: origIdOf(tenant, key.id),
    tenantId: tenant.id,
    rcd: richCallDataOf(grant, message),
    div: grant.diverted && divOf(grant.diverted.numbers, caller.e164, called.e164),
  }
}

function divOf(from: readonly string[], caller: string, called: string): DivStatement {
  const hops = from.map((number, at) => ({ from: number, to: from[at + 1] ?? called }))
  return { orig: partyOf(caller), hops }
}

/** Who withholds its number does not have its name told. */
function richCallDataOf(
  { tenant, callerOwned, callerWithheld }: Grant,
  message: RawMessage,
): RcdStatement | undefined {
  const { rcd } = tenant
  // A name is shown with the tenant's own numbers alone.
  if (!rcd || !callerOwned || callerWithheld) return undefined
  const { ppt, ...data } = rcd
  if (data.reason !== 'from_subject') return { ppt, data }
  const subject = message.first('subject')?.trim() ?? ''
  return { ppt, data: { ...data, reason: shown.test(subject) ? subject : undefined } }
}
