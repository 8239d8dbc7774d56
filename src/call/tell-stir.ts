import type { Granted } from '../domain/decision.ts'
import { stirReasons } from '../domain/stir-reasons.ts'
import type { InboundCall } from '../sip/inbound-call.ts'
import type { Headers } from '../sip/messages.ts'

/**
 * The call, whose next response also tells those who vouch for the caller what was found wrong with
 * it: RFC 9410 4, for a call that goes on all the same. The call itself where nothing was.
 */
export function tellingStir(inbound: InboundCall, grant: Granted): InboundCall {
  const verification = grant.direction === 'inbound' ? grant.verification : undefined
  const reasons = verification ? [...stirReasons(verification)] : []
  if (reasons.length === 0) return inbound
  const withReasons = <Response extends { readonly headers: Headers }>(response: Response) => {
    const own = response.headers.Reason
    const all = [own, ...reasons.splice(0)].flat().filter((value) => value !== undefined)
    if (all.length === 0) return response
    return { ...response, headers: { ...response.headers, Reason: all.join(', ') } }
  }
  return {
    attempt: inbound.attempt,
    message: inbound.message,
    get abandonment() {
      return inbound.abandonment
    },
    onAbandoned: (listener) => inbound.onAbandoned(listener),
    ring: (answer, acknowledgement) => inbound.ring(withReasons(answer), acknowledgement),
    onEarlyRequest: (listener) => inbound.onEarlyRequest(listener),
    request: (method, payload) => inbound.request(method, payload),
    refuse: (answer) => inbound.refuse(withReasons(answer)),
    drop: () => inbound.drop(),
    answer: (payload) => inbound.answer(withReasons(payload)),
  }
}
