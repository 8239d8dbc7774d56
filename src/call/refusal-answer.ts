import { type Reason, type Refusal, refusals } from '../domain/refusals.ts'
import type { Random } from '../kernel/random.ts'
import type { Answer, Headers } from '../sip/messages.ts'

/** The longest wait that this node asks of a peer it turns away, seconds. */
export const nodeRetryMaxS = 10
/** Retry-After never asks for more than a day, seconds. */
const retryMaxS = 86_400

const unauthorized = { status: 401, phrase: 'Unauthorized' } as const

export interface RefusalInput {
  readonly reason: Reason
  /** Whose limit and which one. */
  readonly limit?: string | undefined
  /** When trying again may help, seconds; used where the catalogue says so. */
  readonly retryAfterS?: number | undefined
  readonly random: Random
  /** WWW-Authenticate values. RFC 3261 22.1: they make it a 401. */
  readonly challenges?: readonly string[] | undefined
  /** Headers that belong to this refusal, e.g. Unsupported. */
  readonly headers?: Headers | undefined
}

/** The SIP answer for a reason of the catalogue, its id in the Reason header. RFC 3326. */
export function refusalAnswer(input: RefusalInput): Answer {
  const { reason, limit, retryAfterS, random, challenges, headers } = input
  const refusal: Refusal = refusals[reason]
  const { status, phrase } = challenges ? unauthorized : refusal
  const waitS = retryAfter(refusal.retryAfter, retryAfterS, random)
  return {
    status,
    phrase,
    headers: {
      Reason: `SIP;cause=${status};text="${reason}${limit ? ` (${limit})` : ''}"`,
      ...(challenges ? { 'WWW-Authenticate': challenges } : {}),
      ...(waitS === undefined ? {} : { 'Retry-After': String(waitS) }),
      ...headers,
    },
    body: '',
  }
}

function retryAfter(
  rule: Refusal['retryAfter'],
  givenS: number | undefined,
  random: Random,
): number | undefined {
  // RFC 3261 21.5.4: a random wait, so that peers turned away together do not come back together.
  if (rule === 'random') return 1 + random.below(nodeRetryMaxS)
  if (rule === 'none' || givenS === undefined) return undefined
  return Math.min(retryMaxS, Math.max(1, Math.ceil(givenS)))
}
