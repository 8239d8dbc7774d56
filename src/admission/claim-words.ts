import type { Reason } from '../domain/refusals.ts'
import type { Claim } from '../store/port.ts'
import type { Figures } from './check.ts'

const useReasons = {
  token: 'credentials_invalid',
  nonce: 'credentials_stale',
  probe: 'breaker_open',
} as const satisfies Record<string, Reason>

/** Why a call is refused whose claim cannot be met. */
export function reasonOf(claim: Claim): Reason {
  switch (claim.kind) {
    case 'rate':
    case 'window':
      return 'rate_exceeded'
    case 'concurrency':
      return 'concurrency_exceeded'
    case 'period':
      return claim.period.unit === 'day' ? 'daily_limit_exceeded' : 'monthly_limit_exceeded'
    case 'callee':
      return 'attempts_per_callee_exceeded'
    case 'budget':
      return 'budget_exceeded'
    case 'use':
      return useReasons[claim.what]
  }
}

/** Which of an owner's limits it is. */
export function limitOf(claim: Claim): string {
  switch (claim.kind) {
    case 'rate':
      return 'second'
    case 'window':
    case 'callee':
      return claim.window
    case 'concurrency':
      return 'concurrency'
    case 'use':
      return claim.what
    case 'period':
    case 'budget':
      return claim.period.unit
  }
}

/** Whose limit and which one, as the caller hears it after the reason: `key, minute`. */
export function limitNameOf(claim: Claim): string {
  return `${claim.owner.level}, ${limitOf(claim)}`
}

/** What the limit is. */
export function figuresOf(claim: Claim): Figures {
  const { level } = claim.owner
  switch (claim.kind) {
    case 'rate':
      return { level, perSecondMax: claim.perSecondMax, burst: claim.burst }
    case 'window':
      return { level, window: claim.window, callsMax: claim.callsMax }
    case 'concurrency':
      return { level, slotsMax: claim.slotsMax }
    case 'period':
      return { level, callsMax: claim.callsMax, [claim.period.unit]: claim.period.name }
    case 'callee':
      return { level, window: claim.window, attemptsMax: claim.attemptsMax }
    case 'use':
      return { level, usesMax: claim.usesMax }
    case 'budget': {
      const { capMicros, reserveMicros, currency, period } = claim
      return { level, capMicros, reserveMicros, currency, [period.unit]: period.name }
    }
  }
}
