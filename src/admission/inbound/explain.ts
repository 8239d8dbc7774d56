import type { CallAttempt } from '../../domain/attempt.ts'
import type { Carrier } from '../../domain/carrier.ts'
import type { Decision, InboundGrant } from '../../domain/decision.ts'
import { type Check, type Dossier, pass, stop } from '../check.ts'
import {
  type ExplainedCheck,
  type ExplainedLimit,
  ExplainedRun,
  type LimitsView,
  UntakenLimits,
} from '../explain.ts'
import { noLeases } from '../no-leases.ts'
import { inShadow } from '../shadow.ts'
import { admittedInbound } from './admission.ts'
import { carrierOf } from './carrier-of.ts'
import { type InboundParts, receptionChecks, recipientChecks } from './checks.ts'

/** As admission's, with a view of the limits. */
export interface InboundExplainParts extends Omit<InboundParts, 'limiter'> {
  readonly limiter: LimitsView
}

/** A call as a carrier would bring it. */
export interface InboundQuestion {
  readonly attempt: CallAttempt
  readonly carrier: Carrier
  /** Whether the attempt's source is meant; else the carrier is taken as the one who brings it. */
  readonly hasSource: boolean
}

export interface ExplainedInbound {
  readonly decision: Decision<InboundGrant>
  readonly dossier: Readonly<Dossier>
  readonly checks: readonly ExplainedCheck[]
  /** Of every limit; empty where the limits are not come to. */
  readonly limits: readonly ExplainedLimit[]
}

/**
 * Explains a call that a carrier would bring: the checks of admission in their order, all of them, over a
 * view of the limits that takes nothing. Never rejects.
 */
export function createInboundExplain(
  parts: InboundExplainParts,
): (question: InboundQuestion) => Promise<ExplainedInbound> {
  return async ({ attempt, carrier, hasSource }) => {
    const dossier: Dossier = { attempt, nowMs: parts.clock.now() }
    const limiter = new UntakenLimits(parts.limiter)
    const asked = { ...parts, limiter }
    const run = new ExplainedRun<InboundGrant>(dossier)
    if (hasSource) await run.all([carrierKnown(carrier)])
    await run.all(recipientChecks(asked, { carrier, by: 'address' }))
    if (!run.decision && dossier.isEmergencyCallback) {
      dossier.leases = noLeases(attempt.id)
      run.decision = admittedInbound(dossier, run.trace)
    } else await run.all(inShadow(receptionChecks(asked)))
    const decision = run.decision ?? admittedInbound(dossier, run.trace)
    return { decision, dossier, checks: run.checks, limits: await limiter.explained() }
  }
}

/** Stands where admission asks who brings a call: without a key, anybody else is refused. */
function carrierKnown(carrier: Carrier): Check {
  return {
    name: 'carrier_known',
    run: ({ attempt }) => {
      const bringer = carrierOf(attempt, [carrier])
      const figures = { carrierId: carrier.id }
      return bringer ? pass({ ...figures, by: bringer.by }) : stop('credentials_missing', figures)
    },
  }
}
