import type { Clock } from '../kernel/clock.ts'
import { Failure } from '../kernel/failure.ts'

/** How long the store may take for one answer. */
export interface StorePatience {
  readonly clock: Clock
  readonly storeTimeoutMs: number
}

/**
 * The store's answer, or a `store_unavailable` failure when it throws or takes too long. What it
 * answers after that goes to `tooLate`, so that nothing it handed out is lost.
 */
export function askStore<Answer>(
  { clock, storeTimeoutMs }: StorePatience,
  ask: () => Promise<Answer>,
  tooLate?: (answer: Answer) => void,
): Promise<Answer> {
  // One promise, without a race: a call asks several times.
  return new Promise((resolve, reject) => {
    let waiting = true
    const timer = clock.after(storeTimeoutMs, () => {
      waiting = false
      reject(new Failure('store_unavailable', `no answer in ${storeTimeoutMs} ms`))
    })
    const answered = (answer: Answer) => {
      timer.cancel()
      if (waiting) resolve(answer)
      else tooLate?.(answer)
    }
    const failed = (cause: unknown) => {
      timer.cancel()
      reject(unavailable(cause))
    }
    try {
      ask().then(answered).catch(failed)
    } catch (cause) {
      failed(cause)
    }
  })
}

function unavailable(cause: unknown): Failure {
  const why = cause instanceof Error ? cause.message : 'it failed'
  return new Failure('store_unavailable', why, { cause })
}
