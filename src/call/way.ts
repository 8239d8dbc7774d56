import type { CallAttempt } from '../domain/attempt.ts'
import type { Candidate, TrunkCandidate } from '../domain/carrier.ts'
import type { Grant, Granted, InboundGrant } from '../domain/decision.ts'
import type { Reason } from '../domain/refusals.ts'
import { buildDelivery } from '../relay/delivery.ts'
import {
  addressed,
  addressedToRegistered,
  addressInvite,
  buildInvite,
  type SignedIdentity,
} from '../relay/invite.ts'
import type { RelayedCall } from '../relay/relayed-call.ts'
import { candidatesOf, targetsOf } from '../routing/candidates.ts'
import type { InboundCall } from '../sip/inbound-call.ts'
import { statementOf } from './call-statement.ts'
import { complain } from './complain.ts'
import { isEmergencyGrant } from './emergency.ts'
import type { Stages } from './stages.ts'

/** Where an admitted call goes, and what is said there. */
export interface Way extends Pick<RelayedCall, 'candidates' | 'invite'> {
  /** Why the call is refused when none of the candidates takes it. */
  readonly exhausted: Reason
  /** Before a further candidate is dialled: what is said there has to be fresh. */
  renew?(): Promise<void>
}

/**
 * A signature older than this is made anew for the next gateway: RFC 8224 4.4 has it fresh for a
 * minute, and the gateway's network takes its time as well.
 */
const signatureAgeMaxMs = 5000

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
    : await wayIn(stages, inbound, grant)
}

async function wayOut(
  stages: Stages,
  { attempt, message }: InboundCall,
  grant: Grant,
): Promise<Way | Reason> {
  const signed = await sign(stages, { attempt, message }, grant)
  if (signed === 'failed') return 'signing_unavailable'
  const isSecure = wantsTls(attempt) && !isEmergencyGrant(grant)
  const carriers = await stages.carriers()
  const candidates = candidatesOf(carriers, isSecure)
  if (candidates.length === 0) return noneOf(candidatesOf(carriers))
  const { clock } = stages
  let invite = buildInvite({ attempt, message, grant, signed })
  let signedAtMs = clock.monotonic()
  return {
    candidates,
    exhausted: 'carriers_exhausted',
    invite: (candidate) => addressInvite(invite, grant, candidate),
    renew: async () => {
      if (clock.monotonic() - signedAtMs <= signatureAgeMaxMs) return
      const again = await sign(stages, { attempt, message }, grant)
      // The old one is stale at worst, and who gets it finds that out.
      if (again === 'failed') return
      invite = buildInvite({ attempt, message, grant, signed: again })
      signedAtMs = clock.monotonic()
    },
  }
}

async function wayIn(
  stages: Stages,
  { attempt, message }: InboundCall,
  grant: InboundGrant,
): Promise<Way | Reason> {
  const isSecure = wantsTls(attempt) && !isEmergencyGrant(grant)
  const candidates = targetsOf(grant.trunk, await stages.registered(grant.trunk), isSecure)
  if (candidates.length === 0) return isSecure ? 'sips_unavailable' : 'trunk_unreachable'
  const invite = buildDelivery({ attempt, message, grant })
  const called = grant.called.e164
  const to = ({ contact, ...place }: TrunkCandidate) =>
    contact === undefined
      ? addressed(invite, called, place)
      : addressedToRegistered(invite, called, { contact, ...place })
  return { candidates, exhausted: 'trunk_unreachable', invite: to }
}

/** Whether the caller wants TLS on every hop: RFC 3261 26.2.2. */
export function wantsTls({ requestUri }: Pick<CallAttempt, 'requestUri'>): boolean {
  return /^sips:/i.test(requestUri)
}

/** Why nobody can carry a call: there are carriers, of which none has TLS, or there are none. */
export function noneOf(carriers: readonly Candidate[]): Reason {
  return carriers.length > 0 ? 'sips_unavailable' : 'no_route'
}

/** Signs for a call between telephone numbers; an emergency call goes out unsigned. */
async function sign(
  stages: Stages,
  { attempt, message }: Pick<InboundCall, 'attempt' | 'message'>,
  grant: Grant,
): Promise<SignedIdentity | undefined | 'failed'> {
  try {
    const statement = statementOf(grant, message)
    if (!statement) return undefined
    const { identities, dateHeader } = await stages.sign(statement)
    // RFC 8946 4: who signs a diversion does not take away what the call came with.
    return { identities: [...(grant.diverted?.identities ?? []), ...identities], dateHeader }
  } catch (error) {
    complain(stages.logger, attempt.id, error)
    return 'failed'
  }
}
