import type { Request, Response } from 'drachtio-srf'
import type { Clock } from '../kernel/clock.ts'
import type { Logger } from '../kernel/logger.ts'
import type { Random } from '../kernel/random.ts'
import type { Headers } from './messages.ts'
import type { RawMessage } from './raw-message.ts'
import type { Wire } from './wire.ts'

/** Who the requests of a dialog are for. */
export interface DialogOwner {
  receive(request: Request, response: Response): void
  engineLost(): void
}

/** Who a CANCEL of an INVITE we received is for. */
export interface Cancellable {
  /** `byEngine`: no caller has sent it. */
  cancelled(cancel: RawMessage, byEngine: boolean): void
  engineLost(): void
}

/** An INVITE of ours without a final response. */
export interface Dialling {
  engineLost(): void
}

/**
 * What the legs of one engine share. Everything that lives is in one of the three registries from
 * its first moment to its last; when all is quiet they are empty.
 */
export interface Exchange {
  readonly wire: Wire
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** By the engine's dialog id. */
  readonly dialogs: Map<string, DialogOwner>
  /** By the transaction id of an INVITE received and not finally answered. */
  readonly invites: Map<string, Cancellable>
  readonly dials: Set<Dialling>
  /** Takes any request to whom it is for. */
  readonly deliver: (request: Request, response: Response) => void
}

/**
 * How long we wait for a final response, or for an ACK, that the engine itself gives up on after
 * 64*T1 = 32 s (RFC 3261 17.1.2.2, 13.3.1.4): ours is the watchdog behind its own.
 */
export const watchdogMs = 36_000

/** RFC 3261 14.2 and RFC 3311 5.2: 500 with Retry-After of 0 to 10 s, chosen at random. */
export function retrySoon(random: Random): Headers {
  return { 'Retry-After': String(random.below(11)) }
}
