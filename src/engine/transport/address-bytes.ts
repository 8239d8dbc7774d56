import { isIPv6 } from 'node:net'
import { canonicalAddress } from '../../kernel/canonical-address.ts'
import { unbracketed } from '../message/host-port.ts'

const groupsMax = 8

/** The 16 bytes of an IPv6 address, or undefined for what is none. A zone is left out. */
export function addressBytes(address: string): Uint8Array | undefined {
  const [text = ''] = address.split('%', 1)
  if (!isIPv6(text)) return undefined
  const [head = '', tail] = text.split('::')
  const front = groupsOf(head)
  const back = tail === undefined ? [] : groupsOf(tail)
  const zeros = new Array<number>(groupsMax - front.length - back.length).fill(0)
  const groups = [...front, ...zeros, ...back]
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]))
}

/**
 * A host in the spelling by which equal ones are equal text: of IPv6 without brackets and as the system
 * writes it (RFC 5952), of all others in lower case.
 */
export function canonicalHost(host: string): string {
  const text = unbracketed(host).toLowerCase()
  return text.includes(':') && !text.includes('%') ? canonicalAddress(text) : text
}

function groupsOf(part: string): number[] {
  if (part === '') return []
  return part.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)]
    // RFC 4291 2.2: the last two groups may be written as an IPv4 address.
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
    return [(a << 8) | b, (c << 8) | d]
  })
}
