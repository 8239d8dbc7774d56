import type { Id } from '../kernel/ids.ts'
import type { Limits } from './limits.ts'

export type CarrierId = Id<'carrier'>
export type GatewayId = Id<'gateway'>

/** One address of a carrier. */
export interface Gateway {
  readonly id: GatewayId
  /** A name or an address, IPv6 without brackets; over TLS what its certificate has to name. */
  readonly host: string
  readonly port: number
  readonly transport: 'udp' | 'tcp' | 'tls'
  /** How much it may be sent; a gateway that is full is passed over. */
  readonly limits?: Limits | undefined
}

/** An upstream that we call out through. Lower priority is tried first. */
export interface Carrier {
  readonly id: CarrierId
  readonly priority: number
  readonly gateways: readonly Gateway[]
  /** Without any answer, even 100, for this long the next gateway is tried. */
  readonly noAnswerTimeoutMs: number
  /** Without a final answer for this long the attempt is cancelled. */
  readonly ringTimeoutMs: number
  readonly enabled: boolean
  /** RFC 3325 2.4: whether it keeps to itself the number of a caller who withholds it. */
  readonly trusted?: boolean | undefined
  /** Of all its gateways together. */
  readonly limits?: Limits | undefined
  /** IANA name: where the days of its limits and its gateways' end; UTC where left out. */
  readonly timeZone?: string | undefined
  /** The id of what it takes for calls; budgets need one. */
  readonly rateDeck?: string | undefined
}

/** A gateway not yet tried for this call. */
export interface Candidate {
  readonly carrierId: CarrierId
  /** The carrier's: it may have numbers that the callee may not. */
  readonly trusted?: boolean | undefined
  /** The carrier's; the gateway has its own. */
  readonly limits?: Limits | undefined
  readonly timeZone?: string | undefined
  readonly rateDeck?: string | undefined
  readonly gateway: Gateway
  readonly noAnswerTimeoutMs: number
  readonly ringTimeoutMs: number
}
