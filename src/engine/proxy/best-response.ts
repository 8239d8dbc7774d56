import { allHeaders, withoutHeader } from '../message/headers.ts'
import type { Header, Response } from '../message/message.ts'

/** RFC 3261 16.7.6: what tells the caller how to try again counts more than other refusals. */
const telling = new Set([401, 407, 415, 420, 484])

const challenges = ['WWW-Authenticate', 'Proxy-Authenticate'] as const

/**
 * The final response to send of those that came, none of them a 2xx: RFC 3261 16.7.6, any 6xx, else
 * the lowest class. Undefined when there is none.
 */
export function bestResponse(responses: readonly Response[]): Response | undefined {
  let best: Response | undefined
  for (const response of responses) {
    if (!best || rank(response.status) < rank(best.status)) best = response
  }
  return best && withAllChallenges(best, responses)
}

function rank(status: number): number {
  if (status >= 600) return 0
  const kind = Math.floor(status / 100)
  // RFC 3261 16.7.6: a 503 says that this way is closed, not that the callee cannot be had.
  if (status === 503) return 1000
  return kind * 100 + (telling.has(status) ? 0 : 1)
}

/** RFC 3261 16.7.7: a caller that is challenged answers all challenges at once. */
function withAllChallenges(best: Response, responses: readonly Response[]): Response {
  if (best.status !== 401 && best.status !== 407) return best
  let headers: Header[] = [...best.headers]
  for (const name of challenges) {
    const values = responses
      .filter(({ status }) => status === 401 || status === 407)
      .flatMap((response) => allHeaders(response, name))
    headers = withoutHeader(headers, name)
    for (const value of new Set(values)) headers.push({ name, value })
  }
  return { ...best, headers }
}
