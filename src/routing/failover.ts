import type { AttemptFailure } from '../domain/attempt-failure.ts'

/** Answers below 500 that speak of the carrier and us, not of the callee. */
// biome-ignore format: one status a line, why in the right column
const carriersOwn4xx: ReadonlySet<number> = new Set([
  401, // it wants credentials that we do not have
  402, // our account with it
  403, // it does not let us call, or not there
  405, // it does not take INVITE
  407, // as 401
  430, // its flow to the callee's edge failed
  481, // confused: there is no dialog yet
])

/** Answers of 500 and above, below 600, that the callee's side gave. */
// biome-ignore format: one status a line, why in the right column
const calleesOwn5xx: ReadonlySet<number> = new Set([
  555, // push notification service not supported, RFC 8599
  580, // precondition failure, RFC 3312
])

/** Whether the next gateway is tried after this failure. Decision 0032 has the reasons. */
export function advances(failure: AttemptFailure): boolean {
  // RFC 3261 13.2.1: within one dialog the first description is the session; there is no second.
  if (failure.earlyMedia) return false
  switch (failure.cause) {
    case 'no_answer':
    case 'unsent':
      return true
    case 'ring_timeout':
      return !failure.rang
    case 'response':
      return advancesOn(failure.status, failure.rang)
  }
}

function advancesOn(status: number, rang: boolean): boolean {
  // RFC 3261 21.6: a 6xx speaks for the callee wherever it is asked.
  if (status >= 600) return false
  if (status >= 500) return !calleesOwn5xx.has(status)
  // 408 is the engine's word for silence, or a callee's who let it ring.
  if (status === 408) return !rang
  if (status >= 400) return carriersOwn4xx.has(status)
  // A redirection by a carrier is never followed: it would leave the route that was admitted.
  return status >= 300
}

/** What the caller hears when no gateway took the call. */
export type Verdict =
  /** The answer of the failure at `index`. */
  | { readonly kind: 'pass_on'; readonly index: number }
  /** None of the answers is for the caller: a refusal of our own. */
  | { readonly kind: 'exhausted' }

/**
 * The best answer, in the spirit of RFC 3261 16.7 step 6: a 6xx, else the callee's own answer (there
 * is one at most, it ended the search), else a carrier's 403. What speaks of a carrier's own trouble
 * is not passed on: its 503 would tell the caller to keep away from us (RFC 3261 21.5.4).
 */
export function bestAnswer(failures: readonly AttemptFailure[]): Verdict {
  let best: { index: number; rank: number } | undefined
  for (const [index, failure] of failures.entries()) {
    const rank = rankOf(failure)
    if (rank !== undefined && (best === undefined || rank < best.rank)) best = { index, rank }
  }
  return best ? { kind: 'pass_on', index: best.index } : { kind: 'exhausted' }
}

/** Lower is better; undefined where the answer is not for the caller. */
function rankOf({ status, rang }: AttemptFailure): number | undefined {
  if (status >= 600) return 0
  if (status >= 500) return calleesOwn5xx.has(status) ? 1 : undefined
  if (status === 408) return rang ? 1 : undefined
  // It may be about the number as well as about us: heard when nobody had a better word.
  if (status === 403) return 2
  return status < 400 || carriersOwn4xx.has(status) ? undefined : 1
}
