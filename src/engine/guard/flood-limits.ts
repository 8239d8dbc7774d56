/** How much each kind of source may send, and how many are remembered. */
export interface FloodLimits {
  /** Datagrams a second, and at once, from an endpoint that is vouched for. */
  readonly vouchedPerS: number
  readonly vouchedBurst: number
  /** The same from an endpoint that is only proven not to be forged. */
  readonly provenPerS: number
  readonly provenBurst: number
  /** The same from all other ports of an address that has a vouched or proven one. */
  readonly neighbourPerS: number
  readonly neighbourBurst: number
  /** The same from the address of a stranger; of IPv6, from its /64. */
  readonly strangerPerS: number
  readonly strangerBurst: number
  /** The same from all strangers together. */
  readonly strangersPerS: number
  readonly strangersBurst: number
  /** The same from all strangers who come again when there were too many: a forged one does not. */
  readonly returningPerS: number
  readonly returningBurst: number
  /** A stranger who was dropped comes again no sooner than this: the first repetition of RFC 3261 17. */
  readonly returnMinMs: number
  /** ...and no later than that. */
  readonly returnMaxMs: number
  /** Connections a second, and at once, that one source may open; of IPv6, one /64. */
  readonly connectionsPerS: number
  readonly connectionsBurst: number
  /** Messages a second, and at once, that are read from one source over all its connections. */
  readonly streamPerS: number
  readonly streamBurst: number
  /** How long an endpoint stays known after it was last vouched for or proven. */
  readonly knownMs: number
  /** The same of one that has registered for longer, at most. */
  readonly registeredMaxMs: number
  /** Vouched endpoints, and as many proven ones; the one known longest makes room for another. */
  readonly knownMax: number
}

/** The bounds in use unless a caller gives others. */
export const defaultFloodLimits: FloodLimits = {
  vouchedPerS: 10_000,
  vouchedBurst: 20_000,
  // Some three hundred refused calls a second with their repetitions.
  provenPerS: 1_000,
  provenBurst: 2_000,
  neighbourPerS: 200,
  neighbourBurst: 600,
  // A PBX that starts with a hundred calls a second is known before this is used up.
  strangerPerS: 200,
  strangerBurst: 600,
  // What the gate can refuse beside its calls.
  strangersPerS: 400,
  strangersBurst: 800,
  // They are let in where the application is behind, too: a second of it before the load watch refuses.
  returningPerS: 200,
  returningBurst: 200,
  // T1 is 500 ms; a little less for timers that are early.
  returnMinMs: 400,
  // 64 * T1: by then the request that was dropped is given up.
  returnMaxMs: 32_000,
  // Some PBXs open one for each call.
  connectionsPerS: 100,
  connectionsBurst: 1_000,
  // Two hundred calls a second and what belongs to them: nothing is lost beyond it, it is read later.
  streamPerS: 2_000,
  streamBurst: 4_000,
  knownMs: 600_000,
  // What a registration is usually good for; RFC 3261 20.10 takes it where it cannot be read.
  registeredMaxMs: 3_600_000,
  knownMax: 16_384,
}
