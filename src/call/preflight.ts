import type { Reason } from '../domain/refusals.ts'
import { hopsLeft, unsupportedTags } from '../relay/headers.ts'
import type { RawMessage } from '../sip/raw-message.ts'

/** RFC 3261 8.1.1: what every request has exactly one of. */
const essential = ['from', 'to', 'call-id', 'cseq'] as const

/** What makes an INVITE impossible whoever sent it; undefined when it can be decided. */
export function preflight(message: RawMessage): Reason | undefined {
  if (message.truncated) return 'request_malformed'
  for (const name of essential) if (message.count(name) !== 1) return 'request_malformed'
  const hops = hopsLeft(message)
  // RFC 3261 16.3 step 3, RFC 7332: a call that went in a circle dies here at last. Call-ID, tags
  // and Via are new on each leg of a B2BUA, so that nothing else of the message would tell.
  if (hops === -1) return 'too_many_hops'
  if (hops < 0) return 'request_malformed'
  return unsupportedTags(message).length > 0 ? 'extension_unsupported' : undefined
}
