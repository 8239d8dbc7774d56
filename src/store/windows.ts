import type { CalleeClaim, WindowClaim } from './port.ts'

/** How long a window of a `window` claim is, milliseconds. */
export const windowMs = {
  minute: 60_000,
  hour: 3_600_000,
} as const satisfies Record<WindowClaim['window'], number>

/** In how many parts a window is counted. */
export const bucketsPerWindow = 60

/** How long a window of a `callee` claim is, milliseconds. */
export const calleeWindowMs = {
  '24h': 24 * 3_600_000,
  '30d': 30 * 24 * 3_600_000,
} as const satisfies Record<CalleeClaim['window'], number>

/** At most so many attempts to one number are told apart; a larger limit is this one. */
export const attemptsMax = 1_000
