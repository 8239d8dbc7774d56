import { lookup } from 'node:dns'
import { isIPv4, isIPv6 } from 'node:net'
import type { Clock } from '../../kernel/clock.ts'
import { unbracketed } from '../message/host-port.ts'

/** Most host names being looked up at once; a further one fails. */
export const lookupsMax = 256
/** How long a name may take to resolve, milliseconds. */
export const lookupMs = 4_000

/** Finds the address of a host. `done` gets undefined when there is none. */
export interface Resolver {
  resolve(host: string, done: (address: string | undefined) => void): void
}

/** The lookup that the resolver is made of: the system's, or a test's. */
export type Lookup = (host: string, done: (address: string | undefined) => void) => void

/** Looks a host name up as the system does. */
export const systemLookup: Lookup = (host, done) => {
  lookup(host, { family: 4 }, (error, address) => done(error ? undefined : address))
}

/** The address a host already is, or names without asking anybody. */
export function literalAddress(host: string): string | undefined {
  if (isIPv4(host)) return host
  const address = unbracketed(host)
  if (isIPv6(address)) return address.toLowerCase()
  return host.toLowerCase() === 'localhost' ? '127.0.0.1' : undefined
}

/** A resolver that answers literals at once, in the same turn, and finds the IPv4 address of names. */
export function createResolver(clock: Clock, find: Lookup = systemLookup): Resolver {
  let running = 0

  function ask(host: string, done: (address: string | undefined) => void): void {
    let settled = false
    running += 1
    const settle = (address: string | undefined) => {
      if (settled) return
      settled = true
      timer.cancel()
      running -= 1
      done(address)
    }
    const timer = clock.after(lookupMs, () => settle(undefined))
    find(host, settle)
  }

  return {
    resolve: (host, done) => {
      const address = literalAddress(host)
      if (address !== undefined) return done(address)
      if (host.startsWith('[') || running >= lookupsMax) return done(undefined)
      ask(host, done)
    },
  }
}
