import type { Reason } from '../domain/refusals.ts'
import { hopsLeft, unsupportedTags } from '../relay/headers.ts'
import type { RawMessage } from '../sip/raw-message.ts'

/** RFC 3261 8.1.1: what an INVITE has exactly one of; the Contact is where its BYE will go. */
const essential = ['from', 'to', 'call-id', 'cseq', 'contact'] as const

/**
 * What makes an INVITE impossible whoever sent it; undefined when it can be decided. `addresses` are
 * those the engine serves SIP on, as `protocol/host:port`.
 */
export function preflight(
  message: RawMessage,
  addresses: readonly string[] = [],
): Reason | undefined {
  if (message.truncated) return 'request_malformed'
  for (const name of essential) if (message.count(name) !== 1) return 'request_malformed'
  // RFC 3261 16.3 step 4: proxies alone were between us and us. Behind another B2BUA nothing of ours
  // is left to be known by, and the circle ends at its hops.
  if (message.all('via').some((via) => isFrom(via, addresses))) return 'loop_detected'
  const hops = hopsLeft(message)
  // RFC 3261 16.3 step 3, RFC 7332.
  if (hops === -1) return 'too_many_hops'
  if (hops < 0) return 'request_malformed'
  return unsupportedTags(message, 'invite').length > 0 ? 'extension_unsupported' : undefined
}

/** Whether a Via was written at one of the addresses: RFC 3261 18.1.1 calls its host the sent-by. */
function isFrom(via: string, addresses: readonly string[]): boolean {
  const sent = via.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  return addresses.some((address) => {
    const hostPort = address.slice(address.indexOf('/') + 1)
    if (sent.endsWith(` ${hostPort}`)) return true
    return (
      hostPort.endsWith(defaultPort) && sent.endsWith(` ${hostPort.slice(0, -defaultPort.length)}`)
    )
  })
}

/** RFC 3261 19.1.2: what a sent-by without a port means. */
const defaultPort = ':5060'
