import { isIPv4 } from 'node:net'
import { addressBytes } from './address-bytes.ts'
import type { Endpoint, Listener } from './types.ts'

/**
 * The listener that a message to `to` leaves from: of those that speak its protocol and are of its
 * family the one whose address has most in common with it from the left, the first of several that
 * are equal. IPv4 is compared by octets, as drachtio-server does, IPv6 by bits.
 */
export function chooseListener(listeners: readonly Listener[], to: Endpoint): Listener | undefined {
  const compare = isIPv4(to.address) ? equalOctets : equalBits
  let best: Listener | undefined
  let most = -1
  for (const listener of listeners) {
    if (listener.protocol !== to.protocol) continue
    const equal = compare(listener.address, to.address)
    if (equal > most) {
      best = listener
      most = equal
    }
  }
  return best
}

/** -1 where the listener is of the other family. */
function equalOctets(left: string, right: string): number {
  if (left.includes(':')) return -1
  const others = right.split('.')
  const differs = left.split('.').findIndex((octet, at) => octet !== others[at])
  return differs < 0 ? others.length : differs
}

/** -1 where one of them is no IPv6 address. */
function equalBits(left: string, right: string): number {
  const one = addressBytes(left)
  const other = addressBytes(right)
  if (!one || !other) return -1
  const differs = one.findIndex((byte, at) => byte !== other[at])
  if (differs < 0) return one.length * 8
  const difference = (one[differs] ?? 0) ^ (other[differs] ?? 0)
  return differs * 8 + Math.clz32(difference) - 24
}
