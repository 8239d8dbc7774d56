import type { CredentialParts } from '../admission/credential-parts.ts'
import { createInboundAdmission } from '../admission/inbound/admission.ts'
import type { InboundParts } from '../admission/inbound/checks.ts'
import { inEitherDirection } from '../admission/inbound/directions.ts'
import { EmergencyCallbacks } from '../admission/inbound/emergency-callbacks.ts'
import { createInboundExplain, type InboundExplainParts } from '../admission/inbound/explain.ts'
import type { Admit } from '../admission/pipeline.ts'
import { type AskedInbound, attemptOf } from '../admission/question.ts'
import { type ExplainedInboundCall, explainInbound } from '../call/explain-inbound.ts'
import type { Stages } from '../call/stages.ts'
import type { RefusalCatalogue } from '../domain/refusals.ts'
import type { Random } from '../kernel/random.ts'
import type { Store } from '../store/port.ts'

interface Around extends Omit<InboundParts, 'directory' | 'limiter' | 'callbacks'> {
  readonly store: Pick<Store, 'directory' | 'limiter' | 'board'>
  readonly credentials: Pick<CredentialParts, 'certificates'>
}

/** Admission of the calls that go out, and of those that carriers bring. */
export function admitInboundToo(outbound: Admit, around: Around): Stages['admit'] {
  const { store, credentials, ...terms } = around
  const callbacks = new EmergencyCallbacks(store.board)
  const { directory, limiter } = store
  const { certificates } = credentials
  const inbound = createInboundAdmission({ ...terms, directory, limiter, certificates, callbacks })
  return inEitherDirection({ outbound, inbound, callbacks, clock: terms.clock })
}

interface Explaining extends Omit<InboundExplainParts, 'directory' | 'callbacks'> {
  readonly directory: InboundExplainParts['directory'] & Pick<Store['directory'], 'carriers'>
  readonly board: Store['board']
  readonly refusals: RefusalCatalogue
  readonly random: Random
}

/**
 * Explains calls as carriers would bring them; nothing of them happens. Undefined: no carrier of that id
 * may bring calls.
 */
export function inboundExplaining(
  parts: Explaining,
): (asked: AskedInbound) => Promise<ExplainedInboundCall | undefined> {
  const { directory, board, clock, refusals, random } = parts
  const explain = createInboundExplain({ ...parts, callbacks: new EmergencyCallbacks(board) })
  return async (asked) => {
    const carrier = (await directory.carriers()).find(({ id }) => id === asked.carrierId)
    if (!carrier?.enabled || !carrier.inbound) return undefined
    const attempt = attemptOf(asked, clock.now())
    const explained = await explain({ attempt, carrier, hasSource: asked.source !== undefined })
    return explainInbound({ explained, random, refusals })
  }
}
