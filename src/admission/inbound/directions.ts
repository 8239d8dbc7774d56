import type { CallAttempt } from '../../domain/attempt.ts'
import type { Decision } from '../../domain/decision.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Admit } from '../pipeline.ts'
import type { AdmitInbound } from './admission.ts'
import type { EmergencyCallbacks } from './emergency-callbacks.ts'

/** Admission in both directions. */
export interface Directions {
  readonly outbound: Admit
  readonly inbound: AdmitInbound
  /** Learns who calls for help, so that they can be called back. */
  readonly callbacks: Pick<EmergencyCallbacks, 'note'>
  readonly clock: Clock
}

/** Decides attempts of either direction; never rejects. */
export function inEitherDirection(
  directions: Directions,
): (attempt: CallAttempt) => Promise<Decision> {
  const { outbound, inbound, callbacks, clock } = directions
  return async (attempt) => {
    const decision = (await inbound(attempt)) ?? (await outbound(attempt))
    const number = decision.admitted ? helpWantedBy(decision.grant) : undefined
    // A call for help waits for nothing; what is not remembered is not called back past limits.
    if (number !== undefined) void callbacks.note(number, clock.now()).catch(() => undefined)
    return decision
  }
}

/** The number that a call for help comes from. */
function helpWantedBy(grant: Extract<Decision, { admitted: true }>['grant']): string | undefined {
  if (grant.direction !== 'outbound' || !('emergency' in grant.called)) return undefined
  // Calls to others' numbers do not come here.
  return grant.callerOwned ? grant.caller.e164 : undefined
}
