import type { TraceStep } from '../domain/decision.ts'
import type { Consent, OptOut } from '../domain/permission.ts'
import type { Said } from '../store/permission-port.ts'
import type { Limiter, TakeRequest, TakeResult } from '../store/port.ts'
import { askStore, type StorePatience } from './ask-store.ts'
import {
  type AskedPermission,
  type Dossier,
  type Figures,
  found,
  type Outcome,
  pass,
  type Stopped,
  stop,
} from './check.ts'
import { giveBack } from './give-back.ts'

/** What takes, and may ask for the callee's permission in the same step. */
export type Taker = Pick<Limiter, 'take' | 'takePermitted'>

/**
 * Whether the callee's permission is asked for when the limits are taken, which is one journey to the
 * store instead of several. Not in shadow: there the limits are taken whatever is found.
 */
export function isAskedWithLimits({ takePermitted }: Taker, { policy }: Dossier): boolean {
  return takePermitted !== undefined && policy?.enforcement !== 'shadow'
}

/** What an opt-out makes of a call. */
export function optedOut({ scope, atMs, source }: OptOut): Stopped {
  return stop('do_not_call', { optOut: scope, atMs, source }, { detail: 'opt_out' })
}

/** What becomes of a call that needs a consent. */
export function consented(given: Consent | undefined, wanted: Figures): Outcome {
  if (!given) return stop('consent_missing', { needed: true, ...wanted })
  const { id, how, givenAtMs, evidence } = given
  return pass({ needed: true, ...wanted, consentId: id, how, givenAtMs, evidence })
}

/** What came of a take, and what it has settled for the checks that left it open. */
export interface Taking {
  readonly settles: readonly TraceStep[]
  readonly outcome: TakeResult | Stopped
}

/** Takes, and asks besides what the checks have left open. */
export async function takeAsked(
  { limiter, settings }: { readonly limiter: Taker; readonly settings: StorePatience },
  request: TakeRequest,
  dossier: Dossier,
): Promise<Taking> {
  const { asked } = dossier
  if (!asked) {
    const outcome = await askStore(settings, () => limiter.take(request), giveBack)
    return { settles: [], outcome }
  }
  const ask = { ...asked.question, wantsConsent: asked.consentWanted !== undefined }
  // Where permissions cannot be asked for, only calls go on that need none and sell nothing.
  const isStrict = ask.wantsConsent || ask.callClass === 'marketing'
  const careful: TakeRequest = isStrict ? { ...request, whenLost: 'refuse' } : request
  const { said, result } = await askStore(
    settings,
    async () => found(await limiter.takePermitted?.(careful, ask), 'the permission'),
    (late) => giveBack(late.result),
  )
  const { settles, stopped } = answersTo(asked, said)
  return { settles, outcome: stopped ?? found(result, 'what was taken') }
}

/** What was said, as the checks would have found it that left the question open. */
function answersTo({ lists, consentWanted }: AskedPermission, said: Said | undefined) {
  const settles: TraceStep[] = []
  const note = (check: string, outcome: Outcome): Stopped | undefined => {
    settles.push({ check, passed: outcome.passed, figures: outcome.figures })
    return outcome.passed ? undefined : outcome
  }
  const free = pass(said ? { lists } : { optOuts: 'unknown' })
  const stopped = note('do_not_call', said?.optOut ? optedOut(said.optOut) : free)
  if (stopped || consentWanted === undefined) return { settles, stopped }
  return { settles, stopped: note('consent', consented(said?.consent, consentWanted)) }
}
