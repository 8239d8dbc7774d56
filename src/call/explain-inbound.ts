import type { ExplainedInbound } from '../admission/inbound/explain.ts'
import type { Binding } from '../domain/binding.ts'
import type { InboundGrant } from '../domain/decision.ts'
import { dialledText } from '../domain/number.ts'
import type { RefusalCatalogue } from '../domain/refusals.ts'
import type { Random } from '../kernel/random.ts'
import { buildDelivery } from '../relay/delivery.ts'
import { addressed } from '../relay/invite.ts'
import { targetsOf } from '../routing/candidates.ts'
import type { Headers } from '../sip/messages.ts'
import { RawMessage } from '../sip/raw-message.ts'
import { isEmergencyGrant } from './emergency.ts'
import { type ExplainedDecision, heardOn } from './explain-call.ts'
import { wantsTls } from './way.ts'

/** A place of a trunk that would be tried. */
export interface ExplainedTarget {
  readonly gateway: string
  readonly requestUri: string
}

/** What would become of a call that a carrier brings. */
export interface ExplainedInboundCall extends ExplainedDecision {
  readonly direction: 'inbound'
  readonly carrierId?: string | undefined
  readonly tenantId?: string | undefined
  readonly trunkId?: string | undefined
  readonly policyId?: string | undefined
  readonly called?: string | undefined
  readonly caller?: string | undefined
  /** What is found about the caller, and whether the tenant is told by `verstat`. */
  readonly verstat?: string | undefined
  readonly isMarked?: boolean | undefined
  /** In the order in which they would be tried, behind the PBXs that have registered. */
  readonly targets: readonly ExplainedTarget[]
  /** Whether PBXs can register for the trunk; who has is not looked at. */
  readonly registers: boolean
  /** Header fields of the INVITE to the first of them. */
  readonly inviteHeaders?: Headers | undefined
}

export interface ExplainInboundInput {
  readonly explained: ExplainedInbound
  readonly refusals: RefusalCatalogue
  readonly random: Random
}

/** Says what would become of an explained call of a carrier: the answer, or what would be sent to whom. */
export function explainInbound(input: ExplainInboundInput): ExplainedInboundCall {
  const { decision, dossier, checks, limits } = input.explained
  const { nowMs, carrier, tenant, trunk, policy, called, outsideCaller, verification } = dossier
  const known = {
    ...({ direction: 'inbound', at: new Date(nowMs).toISOString(), checks, limits } as const),
    carrierId: carrier?.id,
    tenantId: tenant?.id,
    trunkId: trunk?.id,
    policyId: policy?.id,
    called: called?.ok ? dialledText(called.number) : undefined,
    caller: outsideCaller?.e164 ?? outsideCaller?.user,
    verstat: verification?.verstat,
    isMarked: dossier.isMarked,
    registers: trunk?.registers ?? false,
  }
  if (decision.admitted) return { ...known, ...delivered(decision.grant, input) }
  const { reason, detail, limit, retryAfterS } = decision
  const answer = heardOn({ reason, limit, retryAfterS }, input)
  return { ...known, admitted: false, reason, detail, limit, answer, targets: [] }
}

/** An admitted call is refused all the same where its trunk has no place for it. */
function delivered(grant: InboundGrant, input: ExplainInboundInput) {
  const { attempt } = input.explained.dossier
  const isSecure = wantsTls(attempt) && !isEmergencyGrant(grant)
  const candidates = targetsOf(grant.trunk, nobodyKnown, isSecure)
  const [first] = candidates
  if (!first) {
    if (grant.trunk.registers) return { admitted: true, targets: [] }
    const reason = isSecure ? 'sips_unavailable' : 'trunk_unreachable'
    return { admitted: false, reason, answer: heardOn({ reason }, input), targets: [] } as const
  }
  const invite = buildDelivery({ attempt, message: new RawMessage(''), grant })
  const to = (place: typeof first) => addressed(invite, grant.called.e164, place)
  return {
    admitted: true,
    targets: candidates.map((place) => ({ gateway: place.gateway.id, requestUri: to(place).uri })),
    inviteHeaders: to(first).payload.headers,
  }
}

/** Registrations come and go: who is called by them is seen when a call comes. */
const nobodyKnown: readonly Binding[] = []
