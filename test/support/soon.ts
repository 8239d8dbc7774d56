import { vi } from 'vitest'

/** How long what must come may take on a busy machine, milliseconds. */
export const patienceMs = 20_000

/** Resolves with what `claim` gives once it no longer throws; fails as it does when it goes on. */
export function soon<Value>(claim: () => Value | Promise<Value>): Promise<Value> {
  return vi.waitFor(claim, { timeout: patienceMs, interval: 10 })
}
