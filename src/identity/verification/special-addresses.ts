import { BlockList, isIPv4, isIPv6 } from 'node:net'

/** RFC 6890 and the IANA registry it began, with multicast and what is reserved beside it. */
const specialV4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.0.2.0/24', '192.31.196.0/24', '192.52.193.0/24', '192.88.99.0/24'],
  ...['192.168.0.0/16', '192.175.48.0/24', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4'],
] as const

/** What is special of 2000::/3: Teredo and its like, documentation, 6to4, AS112. */
const specialV6 = [
  ...['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'],
] as const

/** RFC 4291 2.4: the addresses that are given to hosts of the public network. */
const globalUnicast = '2000::/3'
/** RFC 6052 2.1: an IPv4 host behind a NAT64; its last 32 bits are the address that is reached. */
const nat64 = '64:ff9b::/96'

/** Tells addresses of the public network from all others. */
export interface AddressGuard {
  /** Whether an address may be connected to. What is no address may not. */
  isPublic(address: string): boolean
}

/** A guard by RFC 6890: an IPv4 address in an IPv6 one is only as good as itself. */
export function createAddressGuard(): AddressGuard {
  const forbiddenV4 = blockList(specialV4)
  const forbiddenV6 = blockList(specialV6)
  const unicast = blockList([globalUnicast])
  const translated = blockList([nat64])
  const isPublicV4 = (address: string) => !forbiddenV4.check(address, 'ipv4')
  return {
    isPublic: (address) => {
      if (isIPv4(address)) return isPublicV4(address)
      // RFC 6874: a zone is of this machine's own network.
      if (!isIPv6(address) || address.includes('%')) return false
      if (translated.check(address, 'ipv6')) return isPublicV4(embeddedV4(address))
      return unicast.check(address, 'ipv6') && !forbiddenV6.check(address, 'ipv6')
    },
  }
}

function blockList(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [network = '', bits] = range.split('/')
    list.addSubnet(network, Number(bits), isIPv4(network) ? 'ipv4' : 'ipv6')
  }
  return list
}

/** The last 32 bits of an IPv6 address in dotted form. */
function embeddedV4(address: string): string {
  const [, dotted] = /:(\d+\.\d+\.\d+\.\d+)$/.exec(address) ?? []
  if (dotted) return dotted
  // `::` may stand for any of the last two groups: the URL parser writes the one canonical form.
  const groups = (URL.parse(`http://[${address}]/`)?.hostname ?? '').slice(1, -1).split(':')
  const [high = '', low = ''] = groups.slice(-2)
  const bits = [Number.parseInt(high || '0', 16), Number.parseInt(low || '0', 16)]
  return bits.flatMap((group) => [group >> 8, group & 0xff]).join('.')
}
