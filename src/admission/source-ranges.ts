import ipaddr from 'ipaddr.js'

type Address = ipaddr.IPv4 | ipaddr.IPv6

interface Range {
  readonly network: Address
  readonly prefixLength: number
}

/** `::ffff:0:0/96`, the v6 spelling of v4 addresses (RFC 4291 2.5.5.2). */
const mappedPrefixLength = 96

/** Compiled lists live as long as the list they were made from. */
const compiled = new WeakMap<readonly string[], readonly Range[]>()

/**
 * Whether an address is in one of the CIDR ranges; a bare address is a range of one. An address or
 * range that cannot be read matches nothing; a v4 address is the same in its v6 spelling.
 */
export function isInRanges(address: string, ranges: readonly string[]): boolean {
  const source = parseAddress(address)
  if (!source) return false
  return compile(ranges).some(({ network, prefixLength }) => {
    if (source.kind() !== network.kind()) return false
    return source.match(network, prefixLength)
  })
}

function compile(ranges: readonly string[]): readonly Range[] {
  const known = compiled.get(ranges)
  if (known) return known
  const made = ranges.flatMap((text) => parseRange(text) ?? [])
  compiled.set(ranges, made)
  return made
}

function parseRange(text: string): Range | undefined {
  const [written = '', bits, ...more] = text.trim().split('/')
  if (more.length > 0 || (bits !== undefined && !/^[0-9]{1,3}$/.test(bits))) return undefined
  const network = parseAddress(written)
  if (!network) return undefined
  const lengthMax = network.kind() === 'ipv4' ? 32 : 128
  const mapped = lengthMax === 32 && written.includes(':')
  const prefixLength =
    bits === undefined ? lengthMax : Number(bits) - (mapped ? mappedPrefixLength : 0)
  if (prefixLength < 0 || prefixLength > lengthMax) return undefined
  return { network, prefixLength }
}

/** Four decimal parts or a v6 address, bracketed or with a zone; none of inet_aton's spellings. */
function parseAddress(text: string): Address | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text)
  const bare = text.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '')
  if (!ipaddr.IPv6.isValid(bare)) return undefined
  const address = ipaddr.IPv6.parse(bare)
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address
}
