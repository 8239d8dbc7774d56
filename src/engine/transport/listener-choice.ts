import type { Endpoint, Listener } from './types.ts'

/**
 * The listener that a message to `to` leaves from: of those that speak its protocol the one whose
 * address has the most leading octets in common with it, as drachtio-server chooses; the first of
 * several that are equal.
 */
export function chooseListener(listeners: readonly Listener[], to: Endpoint): Listener | undefined {
  let best: Listener | undefined
  let bestOctets = -1
  for (const listener of listeners) {
    if (listener.protocol !== to.protocol) continue
    const octets = equalOctets(listener.address, to.address)
    if (octets > bestOctets) {
      best = listener
      bestOctets = octets
    }
  }
  return best
}

function equalOctets(left: string, right: string): number {
  const others = right.split('.')
  const differs = left.split('.').findIndex((octet, at) => octet !== others[at])
  return differs < 0 ? others.length : differs
}
