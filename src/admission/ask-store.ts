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
export async function askStore<Answer>(
  patience: StorePatience,
  ask: () => Promise<Answer>,
  tooLate?: (answer: Answer) => void,
): Promise<Answer> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  let waiting = true
  const timer = patience.clock.after(patience.storeTimeoutMs, () => {
    waiting = false
    reject(new Failure('store_unavailable', `no answer in ${patience.storeTimeoutMs} ms`))
  })
  const asked = new Promise<Answer>((resolve) => resolve(ask())).then((answer) => {
    if (!waiting) tooLate?.(answer)
    return answer
  }, failed)
  try {
    return await Promise.race([asked, late])
  } finally {
    timer.cancel()
  }
}

function failed(cause: unknown): never {
  const why = cause instanceof Error ? cause.message : 'it failed'
  throw new Failure('store_unavailable', why, { cause })
}
