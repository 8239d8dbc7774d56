import type { DispatchSettings } from './dispatch/settings.ts'
import type { FloodLimits } from './guard/flood-limits.ts'
import type { LoadLimits } from './guard/load-watch.ts'
import type { AdminCertificate } from './protocol/server.ts'
import type { TimerValues } from './transaction/timers.ts'
import type { TransportLimits } from './transport/limits.ts'
import type { ListenerSettings } from './transport/open.ts'
import type { TlsSettings } from './transport/secure.ts'
import type { Listener } from './transport/types.ts'

/** How much an engine takes on; what is beyond is refused or dropped, never half kept. */
export interface EngineLimits {
  /** Applications connected to the admin port at once. */
  readonly clientsMax: number
  /** Bytes an application may leave unread before it is dropped. */
  readonly backlogBytesMax: number
  /** An application must authenticate within this. */
  readonly authenticateWithinMs: number
  /** How long an application may be stuck within a frame, or without reading what it is sent. */
  readonly stallMs: number
  /** Requests waiting for an application, and as many of theirs waiting for the network. */
  readonly pendingRequestsMax: number
  readonly dialogsMax: number
  /** Transactions of both kinds, those included that only linger for repetitions. */
  readonly transactionsMax: number
  /** Longest wait that a refused sender is asked for, seconds. */
  readonly retryAfterMaxS: number
}

/** The limits unless the settings say otherwise. */
export const defaultEngineLimits: EngineLimits = {
  clientsMax: 64,
  backlogBytesMax: 33_554_432,
  authenticateWithinMs: 5_000,
  stallMs: 30_000,
  pendingRequestsMax: 20_000,
  dialogsMax: 100_000,
  // A call leaves some seven transactions for 32 s: this is 600 new calls a second.
  transactionsMax: 150_000,
  retryAfterMaxS: 10,
}

/** An admin port with a secret of its own. */
export interface AdminListener {
  readonly address: string
  readonly port: number
  readonly secret: string
  /** Without it nothing is encrypted: then the address must be a loopback address. */
  readonly tls?: AdminCertificate | undefined
}

/** What an engine serves. Plain data: it goes to the worker thread as it is. */
export interface EngineSettings {
  readonly listen: readonly ListenerSettings[]
  readonly admin: {
    /** A loopback address: the admin protocol is not encrypted. */
    readonly address: string
    /** 0 takes any free port. */
    readonly port: number
    readonly secret: string
  }
  /** Further admin ports, for applications elsewhere. */
  readonly moreAdmins?: readonly AdminListener[] | undefined
  /** Who decides about new requests; round robin among the connected applications unless given. */
  readonly dispatch?: DispatchSettings | undefined
  /** Whether applications that ask for it are told of every call (`cdr:attempt`, `cdr:start`, `cdr:stop`). */
  readonly cdrs?: boolean | undefined
  /** Needed for listeners of `tls` and `wss`. */
  readonly tls?: TlsSettings | undefined
  /** The origins whose pages may open a WebSocket; any unless given. */
  readonly webSocketOrigins?: readonly string[] | undefined
  /** In the name of user agents whose INVITE gets its 100 late, so that an app can ban them before. */
  readonly suspectAgents?: readonly string[] | undefined
  readonly timers?: Partial<TimerValues> | undefined
  readonly limits?: Partial<EngineLimits> | undefined
  readonly loadLimits?: Partial<LoadLimits> | undefined
  readonly floodLimits?: Partial<FloodLimits> | undefined
  readonly transportLimits?: Partial<TransportLimits> | undefined
}

/** Where an engine is to be found. */
export interface EngineAddresses {
  readonly adminPort: number
  /** The real ports of `moreAdmins`, in their order. */
  readonly moreAdminPorts: readonly number[]
  /** With the real ports. */
  readonly listeners: readonly Listener[]
}
