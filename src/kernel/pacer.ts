/** Flushes what was gathered, at a pace. */
export interface Pacer {
  /** Something waits: it will be flushed soon. */
  request(): void
}

/** So much quiet lets one flush of a later burst leave without waiting for its turn, milliseconds. */
const quietPerFlushMs = 4
/** As many flushes of a burst, at most. */
const burstMax = 16

/**
 * Gathers work that costs the same for one piece as for many, such as a write to a socket. In a quiet
 * system a request is flushed at the end of this turn of the event loop, and so are those that follow
 * from it; in a busy one flushes stay `spacingMs` apart and each takes everything that came meanwhile.
 * It paces the machine, not a protocol: it stands on the real clock, so that what is gathered is
 * flushed in a test whose own clock stands still.
 */
export function createPacer(spacingMs: number, flush: () => void): Pacer {
  let lastMs = Number.NEGATIVE_INFINITY
  /** Flushes that quiet has earned. */
  let earned = 0
  let isDue = false
  let timer: ReturnType<typeof setTimeout> | undefined

  function run(): void {
    clearTimeout(timer)
    timer = undefined
    isDue = false
    lastMs = performance.now()
    flush()
  }

  /** Whether the first that waits, after so much quiet, need not wait for its turn. */
  function spend(quietMs: number): boolean {
    if (quietMs >= 0) earned = Math.min(burstMax, earned + quietMs / quietPerFlushMs)
    else if (earned < 1) return false
    else earned -= 1
    return true
  }

  return {
    request: () => {
      if (isDue) return
      const quietMs = performance.now() - lastMs - spacingMs
      isDue = timer ? quietMs >= 0 : spend(quietMs)
      if (isDue) setImmediate(run)
      else timer ??= setTimeout(run, Math.ceil(-quietMs))
    },
  }
}
