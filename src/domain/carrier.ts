import type { Id } from '../kernel/ids.ts'
import type { DialPlan } from './dial-plan.ts'
import type { Limits } from './limits.ts'
import type { TrunkId } from './trunk.ts'

export type CarrierId = Id<'carrier'>
export type GatewayId = Id<'gateway'>

/** One address that calls are sent to: of a carrier, or of a tenant's trunk. */
export interface Gateway {
  readonly id: GatewayId
  /** A name or an address, IPv6 without brackets; over TLS what its certificate has to name. */
  readonly host: string
  readonly port: number
  readonly transport: 'udp' | 'tcp' | 'tls'
  /** How much it may be sent; a gateway that is full is passed over. */
  readonly limits?: Limits | undefined
}

/** How a carrier brings us calls. */
export interface InboundTerms {
  /** Where its calls come from, CIDR. */
  readonly sources: readonly string[]
  /** SHA-256 of the client certificates that stand for it, lower-case hexadecimal. */
  readonly certificates: readonly string[]
  /** The region that a number without a country code belongs to. */
  readonly homeRegion: string
  /** How digits without `+` are meant; undefined where they mean what they mean in that region. */
  readonly dialPlan: DialPlan | undefined
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
  /** Undefined: it brings us no calls. */
  readonly inbound?: InboundTerms | undefined
}

/** An address not yet tried for this call. */
export type Candidate = CarrierCandidate | TrunkCandidate

interface Tried {
  readonly gateway: Gateway
  /** RFC 3261 26.2.2: the caller wants TLS on every hop, so that it is dialled by `sips`. */
  readonly isSecure?: boolean | undefined
  readonly noAnswerTimeoutMs: number
  readonly ringTimeoutMs: number
}

/** A gateway of a carrier, for a call that goes out. */
export interface CarrierCandidate extends Tried {
  readonly carrierId: CarrierId
  readonly trunkId?: undefined
  /** The carrier's: it may have numbers that the callee may not. */
  readonly trusted?: boolean | undefined
  /** The carrier's; the gateway has its own. */
  readonly limits?: Limits | undefined
  readonly timeZone?: string | undefined
  readonly rateDeck?: string | undefined
}

/** A target of a tenant's trunk, for a call that comes in. */
export interface TrunkCandidate extends Tried {
  readonly trunkId: TrunkId
  /** Of a PBX that has registered, the URI that it is called at; it is reached at the gateway alone. */
  readonly contact?: string | undefined
  readonly carrierId?: undefined
}
