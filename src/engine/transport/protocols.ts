import type { Protocol } from './types.ts'

/** What one protocol is like. */
interface ProtocolFacts {
  /** Nothing is lost and nothing is sent again, RFC 3261 17. */
  readonly reliable: boolean
  /** The port that a URI without one means: RFC 3261 19.1.2, RFC 7118 5.2. */
  readonly port: number
}

const facts = {
  udp: { reliable: false, port: 5060 },
  tcp: { reliable: true, port: 5060 },
  tls: { reliable: true, port: 5061 },
  ws: { reliable: true, port: 80 },
  wss: { reliable: true, port: 443 },
} as const satisfies Record<Protocol, ProtocolFacts>

/** Whether messages over it arrive, so that nobody repeats them. */
export function isReliable(protocol: Protocol): boolean {
  return facts[protocol].reliable
}

/** The port where a URI or a Via names none. */
export function defaultPortOf(protocol: Protocol): number {
  return facts[protocol].port
}

/** The protocol that a Via or a transport parameter names in any case, if we speak it. */
export function protocolNamed(name: string): Protocol | undefined {
  const lower = name.toLowerCase()
  return Object.hasOwn(facts, lower) ? (lower as Protocol) : undefined
}
