import type { RateOf } from '../admission/checks/price.ts'
import type { Periods } from '../admission/periods.ts'
import type { SourceGuard } from '../admission/source-guard.ts'
import type { AuditLog } from '../audit/event.ts'
import type { CallAttempt } from '../domain/attempt.ts'
import type { Binding } from '../domain/binding.ts'
import type { Carrier } from '../domain/carrier.ts'
import type { Decision, Granted } from '../domain/decision.ts'
import type { RefusalCatalogue } from '../domain/refusals.ts'
import type { Trunk } from '../domain/trunk.ts'
import type { CallStatement } from '../identity/passport.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Logger } from '../kernel/logger.ts'
import type { Random } from '../kernel/random.ts'
import type { SignedIdentity } from '../relay/invite.ts'
import type { CallEnd, Dialer, RelaySettings } from '../relay/relayed-call.ts'
import type { Limiter } from '../store/port.ts'
import type { CallRegistry } from './registry.ts'

/** What of the guard at the door a call meets. */
export type Guard = Pick<SourceGuard, 'turnsAway' | 'silent' | 'learn' | 'delay'>

/** What a call takes of the store after it was admitted. */
export interface CallLimits {
  readonly limiter: Pick<Limiter, 'take' | 'extend' | 'release'>
  readonly leaseMs: number
  readonly storeTimeoutMs: number
  /** For how long money is reserved at a time, seconds: the same as at admission. */
  readonly budgetSliceS: number
  /** What carriers take for a call. */
  readonly rateOf: RateOf
  periodsOf(nowMs: number, timeZone: string): Periods
}

/** What handling an INVITE takes. No stage knows another; `handle-invite.ts` has their order. */
export interface Stages {
  readonly registry: CallRegistry
  /** Knows whom not to listen to. */
  readonly guard: Guard
  /** Decides; takes the leases of an admitted call. */
  admit(attempt: CallAttempt): Promise<Decision>
  /** Why a call that was admitted a moment ago may not go on; undefined where it may. */
  revoked(grant: Granted): Promise<string | undefined>
  /** Learns what an admitted call came to. */
  outcome(grant: Granted, end: CallEnd): void
  readonly limits: CallLimits
  /** What refused callers hear. */
  readonly refusals: RefusalCatalogue
  readonly audit: AuditLog
  sign(statement: CallStatement): Promise<SignedIdentity>
  carriers(): Promise<readonly Carrier[]>
  /** The PBXs that have registered for a trunk and may take its calls, the latest first. */
  registered(trunk: Trunk): Promise<readonly Binding[]>
  readonly engine: Dialer
  readonly relay: RelaySettings
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}
