import { networkInterfaces } from 'node:os'
import { hostOf } from '../message/host-port.ts'

const wildcards = { '0.0.0.0': 'IPv4', '::': 'IPv6' } as const

/** Whether a socket bound to it takes what comes for any address of its family. */
export function isWildcard(address: string): address is keyof typeof wildcards {
  return Object.hasOwn(wildcards, address)
}

/** What to write for a socket: its address, of one on all addresses the first that others can reach. */
export function advertisedHost(address: string): string {
  if (!isWildcard(address)) return hostOf(address)
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  const reachable = all.find(
    (one) => one.family === wildcards[address] && !one.internal && !one.address.startsWith('fe80:'),
  )
  return hostOf(reachable?.address ?? (address === '::' ? '::1' : '127.0.0.1'))
}
