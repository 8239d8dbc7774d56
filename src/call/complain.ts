import type { CallId } from '../domain/attempt.ts'
import { messageOf } from '../kernel/failure.ts'
import type { Logger } from '../kernel/logger.ts'

/** Says in the log that something of ours failed a call. */
export function complain(logger: Logger, callId: CallId, error: unknown): void {
  const cause = messageOf(error)
  logger.error({ callId, cause }, 'a call could not be handled')
}
