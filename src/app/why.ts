import { messageOf } from '../kernel/failure.ts'

/** Of a reason in a log and an alert. */
const whyCharsMax = 1_000

/** Why something failed, short enough for a log and an alert. */
export function whyOf(error: unknown): string {
  return messageOf(error).slice(0, whyCharsMax)
}
