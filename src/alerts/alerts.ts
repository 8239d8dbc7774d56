import type { Alert, Alerts } from '../domain/alert.ts'
import { messageOf } from '../kernel/failure.ts'
import type { Logger } from '../kernel/logger.ts'

export interface AlertParts {
  readonly logger: Logger
  /** Writes the alert down; a failure is logged. */
  record(alert: Alert): Promise<void>
  /** Tells somebody outside; undefined where nobody is to be told. */
  readonly webhook?: { send(alert: Alert): void } | undefined
}

/** Alerts go into the log, on record, and to whoever is to be told. */
export function createAlerts({ logger, record, webhook }: AlertParts): Alerts {
  return {
    raise: (alert) => {
      logger.warn({ ...alert }, 'an alert')
      webhook?.send(alert)
      record(alert).catch((error: unknown) => {
        const cause = messageOf(error)
        logger.error({ kind: alert.kind, cause }, 'an alert could not be recorded')
      })
    },
  }
}
