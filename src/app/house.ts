import type { SettingValues } from '../config/settings.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Logger } from '../kernel/logger.ts'
import type { Random } from '../kernel/random.ts'

/** What every part of a gate is built with. */
export interface House {
  readonly values: SettingValues
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Closes everything in reverse. */
  readonly stack: AsyncDisposableStack
}
