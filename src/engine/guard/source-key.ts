import { isIPv4, isIPv6 } from 'node:net'
import { addressBytes } from '../transport/address-bytes.ts'

/** Bytes of an IPv6 address that name its network: a /64 is what one customer gets at least. */
const networkBytes = 8
/** RFC 6177: the most that one site usually gets, a /48. */
const siteBytes = 6
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
  if (isMapped(address)) return address.slice(mapped.length)
  return `${network(address, networkBytes)}::/64`
}

/** The site of an IPv6 address that the system gave, its /48; undefined for IPv4. */
export function siteKey(address: string): string | undefined {
  if (!address.includes(':') || isMapped(address)) return undefined
  return `${network(address, siteBytes)}::/48`
}

/**
 * A number for a source, to find its place in a table of fixed size. The seed is random, so that nobody
 * can choose whom to collide with.
 */
export function sourceHash(key: string, seed: number): number {
  // FNV-1a from a secret start, its high bits mixed in.
  let hash = seed
  for (let at = 0; at < key.length; at++) {
    hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
  }
  return (hash ^ (hash >>> 15)) >>> 0
}

/** RFC 4291 2.5.5.2: an IPv4 peer of a socket for both families. */
function isMapped(address: string): boolean {
  return address.startsWith(mapped) && address.includes('.')
}

function network(address: string, byteCount: number): string {
  const bytes = addressBytes(address) ?? new Uint8Array(networkBytes)
  const groups: string[] = []
  for (let at = 0; at < byteCount; at += 2) {
    groups.push((((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)).toString(16))
  }
  return groups.join(':')
}
