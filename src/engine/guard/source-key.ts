import { isIPv4, isIPv6 } from 'node:net'

/** Groups of an IPv6 address that name its network: a /64 is what one customer gets. */
const networkGroups = 4
const groupsMax = 8
const mapped = '::ffff:'

/**
 * What sources are told apart by: an IPv4 address itself, an IPv6 address by its /64. Undefined for
 * what is no address.
 */
export function sourceKey(address: string): string | undefined {
  if (isIPv4(address)) return address
  return isIPv6(address) ? peerKey(address.toLowerCase()) : undefined
}

/** The same for an address that the system gave, which needs no proof of being one. */
export function peerKey(address: string): string {
  if (!address.includes(':')) return address
  // RFC 4291 2.5.5.2: an IPv4 peer of a socket for both families.
  if (address.startsWith(mapped) && address.includes('.')) return address.slice(mapped.length)
  return `${network(address)}::/64`
}

function network(address: string): string {
  const [head = '', tail] = address.split('::')
  const front = groupsOf(head)
  if (tail !== undefined) {
    const back = groupsOf(tail)
    while (front.length + back.length < groupsMax) front.push('0')
    front.push(...back)
  }
  return front.slice(0, networkGroups).join(':')
}

function groupsOf(part: string): string[] {
  if (part === '') return []
  return part.split(':').flatMap((group) => {
    // A dotted end stands for two groups, and never reaches the network.
    if (group.includes('.')) return ['0', '0']
    return [Number.parseInt(group, 16).toString(16)]
  })
}
