import type { AskedInbound } from '../../admission/question.ts'
import { inboundExplaining } from '../../app/inbound.ts'
import { openVerification, verificationMaxMs } from '../../app/verification.ts'
import type { Settings } from '../../config/load.ts'
import type { Clock } from '../../kernel/clock.ts'
import { Failure } from '../../kernel/failure.ts'
import { viewOf } from './view.ts'

/** What would become of a call of a carrier, and which limits only a running gate can tell of. */
export async function explainedInbound(settings: Settings, asked: AskedInbound, clock: Clock) {
  await using opened = await viewOf(settings)
  const { view, declared, random, limits, values, logger } = opened
  const { limiter, directory, board } = view
  const explain = inboundExplaining({
    directory,
    limiter,
    board,
    clock,
    random,
    ...limits,
    refusals: declared.refusals,
    verifier: openVerification({ values, clock, logger }).explaining,
    verificationMaxMs: verificationMaxMs(values),
  })
  const call = await explain(asked)
  if (!call)
    throw new Failure('not_found', 'no carrier with that id may bring calls (carriers[].inbound)')
  return { call, unseen: view.unseen }
}
