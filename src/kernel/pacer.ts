/** Flushes what was gathered, at a pace. */
export interface Pacer {
  /** Something waits: it will be flushed soon. */
  request(): void
}

/**
 * Gathers work that costs the same for one piece as for many, such as a write to a socket. After a
 * pause of `spacingMs` the first request is flushed at the end of this turn of the event loop, so
 * that a quiet system answers at once; in a busy one flushes stay `spacingMs` apart and each takes
 * everything that came meanwhile. It paces the machine, not a protocol: it stands on the real
 * clock, so that what is gathered is flushed in a test whose own clock stands still.
 */
export function createPacer(spacingMs: number, flush: () => void): Pacer {
  let waiting = false
  let lastMs = Number.NEGATIVE_INFINITY

  function run(): void {
    waiting = false
    lastMs = performance.now()
    flush()
  }

  return {
    request: () => {
      if (waiting) return
      waiting = true
      if (performance.now() - lastMs >= spacingMs) setImmediate(run)
      else setTimeout(run, spacingMs)
    },
  }
}
