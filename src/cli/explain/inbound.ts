import { EmergencyCallbacks } from '../../admission/inbound/emergency-callbacks.ts'
import { createInboundExplain } from '../../admission/inbound/explain.ts'
import { type Asked, attemptOf } from '../../admission/question.ts'
import { openVerification } from '../../app/verification.ts'
import { explainInbound } from '../../call/explain-inbound.ts'
import type { Settings } from '../../config/load.ts'
import type { Clock } from '../../kernel/clock.ts'
import { Failure } from '../../kernel/failure.ts'
import { viewOf } from './view.ts'

/** For what verifying takes besides fetching certificates. */
const verificationWorkMs = 500

/** A call as a carrier would bring it. */
export interface AskedInbound extends Omit<Asked, 'keyId' | 'callClass'> {
  readonly carrierId: string
}

/** What would become of a call of a carrier, and which limits only a running gate can tell of. */
export async function explainedInbound(settings: Settings, asked: AskedInbound, clock: Clock) {
  await using opened = await viewOf(settings)
  const { view, declared, random, limits, values, logger } = opened
  const { limiter, directory, board } = view
  const carrier = (await directory.carriers()).find(({ id }) => id === asked.carrierId)
  if (!carrier?.enabled || !carrier.inbound) {
    throw new Failure('not_found', 'no carrier of that id may bring calls (carriers[].inbound)')
  }
  const { service: verifier } = openVerification({ values, clock, logger })
  const answer = createInboundExplain({
    ...{ directory, limiter, verifier, clock, ...limits },
    callbacks: new EmergencyCallbacks(board),
    verificationMaxMs: values['verification.fetchTimeoutMs'] + verificationWorkMs,
  })
  const attempt = attemptOf(asked, clock.now())
  const explained = await answer({ attempt, carrier, hasSource: asked.source !== undefined })
  const call = explainInbound({ explained, random, refusals: declared.refusals })
  return { call, unseen: view.unseen }
}
