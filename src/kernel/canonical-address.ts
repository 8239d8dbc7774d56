import { isIPv6, SocketAddress } from 'node:net'

/** The one spelling of an IPv6 address, without its zone: that of RFC 5952, in which sockets name it. All else stays. */
export function canonicalAddress(text: string): string {
  return isIPv6(text) ? new SocketAddress({ address: text, family: 'ipv6' }).address : text
}
