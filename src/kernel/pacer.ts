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
  let earned = burstMax
  let isDue = false
  let timer: ReturnType<typeof setTimeout> | undefined

  function run(): void {
    clearTimeout(timer)
    timer = undefined
    isDue = false
    const nowMs = performance.now()
    const quietMs = nowMs - lastMs - spacingMs
    if (quietMs < 0) earned -= 1
    else earned = Math.min(burstMax, earned + quietMs / quietPerFlushMs)
    lastMs = nowMs
    flush()
  }

  return {
    request: () => {
      if (isDue) return
      const leftMs = lastMs + spacingMs - performance.now()
      if (leftMs <= 0 || earned >= 1) {
        isDue = true
        setImmediate(run)
      } else {
        timer ??= setTimeout(run, Math.ceil(leftMs))
      }
    },
  }
}
