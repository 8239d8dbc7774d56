import type { Candidate } from '../domain/carrier.ts'
import type { Grant, Granted, InboundGrant } from '../domain/decision.ts'
import type { Reason } from '../domain/refusals.ts'
import { buildDelivery } from '../relay/delivery.ts'
import { addressed, addressInvite, buildInvite, type SignedIdentity } from '../relay/invite.ts'
import type { RelayedCall } from '../relay/relayed-call.ts'
import { candidatesOf, targetsOf } from '../routing/candidates.ts'
import type { InboundCall } from '../sip/inbound-call.ts'
import { statementOf } from './call-statement.ts'
import { complain } from './complain.ts'
import type { Stages } from './stages.ts'

/** Where an admitted call goes, and what is said there. */
export interface Way extends Pick<RelayedCall, 'candidates' | 'invite'> {
  /** Why the call is refused when none of the candidates takes it. */
  readonly exhausted: Reason
}

/**
 * The way of an admitted call, or why it has none: out to the carriers and signed, or in to the
 * tenant's trunk. A call that came in never leaves by a carrier.
 */
export async function wayOf(
  stages: Stages,
  inbound: InboundCall,
  grant: Granted,
): Promise<Way | Reason> {
  return grant.direction === 'outbound'
    ? await wayOut(stages, inbound, grant)
    : wayIn(inbound, grant)
}

async function wayOut(
  stages: Stages,
  { attempt, message }: InboundCall,
  grant: Grant,
): Promise<Way | Reason> {
  const signed = await sign(stages, { attempt, message }, grant)
  if (signed === 'failed') return 'signing_unavailable'
  const candidates = candidatesOf(await stages.carriers())
  if (candidates.length === 0) return 'no_route'
  const invite = buildInvite({ attempt, message, grant, signed })
  return {
    candidates,
    exhausted: 'carriers_exhausted',
    invite: (candidate) => addressInvite(invite, grant, candidate),
  }
}

function wayIn({ attempt, message }: InboundCall, grant: InboundGrant): Way {
  const candidates = targetsOf(grant.trunk)
  const invite = buildDelivery({ attempt, message, grant })
  const to = ({ gateway }: Candidate) => addressed(invite, grant.called.e164, gateway)
  return { candidates, exhausted: 'trunk_unreachable', invite: to }
}

/** Signs for a call between telephone numbers; an emergency call goes out unsigned. */
async function sign(
  stages: Stages,
  { attempt, message }: Pick<InboundCall, 'attempt' | 'message'>,
  grant: Grant,
): Promise<SignedIdentity | undefined | 'failed'> {
  try {
    const statement = statementOf(grant, message)
    return statement && (await stages.sign(statement))
  } catch (error) {
    complain(stages.logger, attempt.id, error)
    return 'failed'
  }
}
