import { Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'

/** Whom to reach, and who has to answer there. */
export interface Target {
  readonly address: string
  readonly port: number
  /** The name that the certificate of the other end must have. */
  readonly host: string
}

/** What the fetching of certificates needs of the network. */
export interface Network {
  /** Every address of a name, IPv4 first. Rejects where the name has none. */
  resolve(host: string, signal: AbortSignal): Promise<readonly string[]>
  /** A TLS connection to that address and no other; what goes wrong is an `error` event. */
  connect(target: Target): Duplex
}

/** Where one server answers nothing within this, the next is asked. */
const resolverTimeoutMs = 800
const resolverTries = 2

/**
 * The network of this machine. Names are asked of the DNS alone, never of the hosts file, and by a
 * resolver that doesn't wait in the thread pool, where signatures are made. `trustedCa` adds CAs for
 * servers of one's own; without it those of the web are trusted.
 */
export function systemNetwork(trustedCa: string | undefined): Network {
  return {
    resolve: async (host, signal) => {
      const resolver = new Resolver({ timeout: resolverTimeoutMs, tries: resolverTries })
      const cancel = () => resolver.cancel()
      signal.addEventListener('abort', cancel, { once: true })
      try {
        const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
        const found = answers.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
        if (found.length === 0) throw new Error('the name has no address')
        return found
      } finally {
        signal.removeEventListener('abort', cancel)
      }
    },
    connect: ({ address, port, host }) =>
      connectTls({
        host: address,
        port,
        // RFC 6066 3: SNI is for names alone.
        ...(isIP(host) === 0 ? { servername: host } : {}),
        ...(trustedCa === undefined ? {} : { ca: trustedCa }),
        ALPNProtocols: ['http/1.1'],
        minVersion: 'TLSv1.2',
        // Said aloud, so that no variable of the environment can say otherwise.
        rejectUnauthorized: true,
      }),
  }
}
