import type { CallAttempt } from '../domain/attempt.ts'
import type { DivertedFrom } from '../domain/diversion.ts'
import type { CanonicalNumber } from '../domain/number.ts'
import type { Policy } from '../domain/policy.ts'
import type { Tenant } from '../domain/tenant.ts'
import type { VerificationService } from '../domain/verification.ts'
import { callerNumber } from '../numbering/caller-number.ts'
import { divertersOf } from '../numbering/diverters.ts'
import type { Caller, Figures } from './check.ts'
import { rightTo } from './owned-numbers.ts'

/** Identity fields that a diverted call may bring, its original and each diversion's. */
const identitiesMax = 8
/** What is passed on stands in one line of ours, and is no longer than a PASSporT with a logo. */
const passable = /^[\x20-\x7e]{1,8192}$/

/** What a diverted call is judged by. */
export interface DivertedQuestion {
  readonly attempt: CallAttempt
  readonly called: CanonicalNumber
  readonly tenant: Tenant
  readonly policy: Policy
}

/**
 * Who calls where the tenant passes on a call that came to its own number from somebody else, signed
 * by somebody else: RFC 8946 4 has a diversion signed where the call came with an Identity, and has
 * that verified before. Undefined where it is no such call: it is then judged like any other.
 */
export async function divertedCaller(
  { attempt, called, tenant, policy }: DivertedQuestion,
  verifier: VerificationService,
): Promise<{ readonly caller: Caller; readonly figures: Figures } | undefined> {
  const { identities } = attempt
  if (policy.divertedCalls !== 'verified') return undefined
  if (identities.length === 0 || identities.length > identitiesMax) return undefined
  if (!identities.every((value) => passable.test(value))) return undefined
  const presented = callerNumber(attempt, policy)
  if (!presented.ok || rightTo(tenant, presented.number.e164)) return undefined
  const from = divertersOf(attempt, called, policy).map(({ e164 }) => e164)
  const [first] = from
  if (first === undefined || from.some((e164) => !rightTo(tenant, e164))) return undefined
  const { header, number, withheld } = presented
  const { verstat } = await verifier.verify({
    sipCallId: attempt.sipCallId,
    identityHeaders: identities,
    orig: { tn: number.e164 },
    dest: [{ tn: first }],
    dateHeader: attempt.date,
    receivedAtMs: attempt.receivedAtMs,
  })
  if (verstat !== 'TN-Validation-Passed') return undefined
  const diverted: DivertedFrom = { numbers: from, identities }
  return {
    caller: { number, owned: false, replaced: false, withheld, diverted },
    figures: { header, e164: number.e164, owned: false, divertedFrom: from.join(' ') },
  }
}
