import type { CallId } from '../domain/attempt.ts'
import type { Leases } from '../domain/decision.ts'

/** What a call holds that takes nothing, so that no limit and no silent store can stop it. */
export function noLeases(callId: CallId): Leases {
  return { callId, [Symbol.asyncDispose]: async () => undefined }
}
