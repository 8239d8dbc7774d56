import { maySayWhen, type Reason, type RefusalCatalogue } from '../domain/refusals.ts'
import type { Random } from '../kernel/random.ts'
import type { Answer, Headers } from '../sip/messages.ts'

/** The longest wait that this node asks of a peer it turns away, seconds. */
export const nodeRetryMaxS = 10
/** Retry-After never asks for more than a day, seconds. */
const retryMaxS = 86_400

const unauthorized = { status: 401, phrase: 'Unauthorized' } as const

export interface RefusalInput {
  readonly reason: Reason
  readonly catalogue: RefusalCatalogue
  /** Whose limit and which one. */
  readonly limit?: string | undefined
  /** When trying again may help, seconds. */
  readonly retryAfterS?: number | undefined
  readonly random: Random
  /** WWW-Authenticate values. RFC 3261 22.1: they make it a 401. */
  readonly challenges?: readonly string[] | undefined
  /** RFC 9410 4: further Reason values, for those who vouch for the caller. */
  readonly stir?: readonly string[] | undefined
  /** Headers that belong to this refusal, e.g. Unsupported. */
  readonly headers?: Headers | undefined
}

/** The SIP answer for a reason of the catalogue, its id in the Reason header. RFC 3326. */
export function refusalAnswer(input: RefusalInput): Answer {
  const { reason, catalogue, limit, random, challenges, stir = [], headers } = input
  const refusal = catalogue[reason]
  const { status, phrase } = challenges ? unauthorized : refusal
  const waitS = waitOf(input)
  const mayWait = maySayWhen(refusal)
  const text = limit ? `${reason} (${limit})` : reason
  // RFC 3326 2, reason-extension: where Retry-After may not stand it is said beside the reason.
  const frees = waitS === undefined || mayWait ? '' : `;frees-in=${waitS}`
  const response: Record<string, string | readonly string[]> = {
    Reason: [`SIP;cause=${status};text="${text}"${frees}`, ...stir].join(', '),
  }
  if (challenges) response['WWW-Authenticate'] = challenges
  if (mayWait && refusal.retryAfter === 'random') {
    // RFC 3261 21.5.4: a random wait, so that peers turned away together do not come back together.
    response['Retry-After'] = String(1 + random.below(nodeRetryMaxS))
  } else if (mayWait && waitS !== undefined) response['Retry-After'] = String(waitS)
  return { status, phrase, headers: headers ? { ...response, ...headers } : response, body: '' }
}

/** When trying again may help, where that is known: whole seconds, at most a day where a wait is asked. */
function waitOf({ reason, catalogue, retryAfterS }: RefusalInput): number | undefined {
  const refusal = catalogue[reason]
  if (refusal.retryAfter !== 'given' || retryAfterS === undefined) return undefined
  const waitS = Math.max(1, Math.ceil(retryAfterS))
  return maySayWhen(refusal) ? Math.min(retryMaxS, waitS) : waitS
}
