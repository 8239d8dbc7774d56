import type { CallAttempt } from '../domain/attempt.ts'
import type { Answer } from './messages.ts'
import type { RawMessage } from './raw-message.ts'

/** A REGISTER received and not yet answered. */
export interface ReceivedRegister {
  readonly attempt: CallAttempt
  readonly message: RawMessage
  /** Sends the final response, once. */
  answer(answer: Answer): void
}
