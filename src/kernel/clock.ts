/** A running timer. Cancelling twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void
}

/**
 * Time as an argument. Nothing outside `kernel/` reads the wall clock or sets a timer by itself, so
 * that every test can stand on a clock of its own.
 */
export interface Clock {
  /** Wall time, milliseconds since 1970-01-01 UTC. May jump; never use it to measure a duration. */
  now(): number
  /** Milliseconds since some fixed point; never goes back. Use it to measure durations. */
  monotonic(): number
  /** Runs `run` once, `delayMs` from now, unless cancelled first. Does not keep the process alive. */
  after(delayMs: number, run: () => void): Timer
  /** Runs `run` every `periodMs` until cancelled. Does not keep the process alive. */
  every(periodMs: number, run: () => void): Timer
}

/** The clock of the machine. */
export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    after: (delayMs, run) => {
      const handle = setTimeout(run, delayMs)
      handle.unref()
      return { cancel: () => clearTimeout(handle) }
    },
    every: (periodMs, run) => {
      const handle = setInterval(run, periodMs)
      handle.unref()
      return { cancel: () => clearInterval(handle) }
    },
  }
}

/** The longest that a timer of Node can be set to. */
const timerMaxMs = 2 ** 31 - 1

/** Keeps the process alive until disposed: for who waits for something that does not, such as a timer. */
export function keepAlive(): Disposable {
  const handle = setInterval(() => undefined, timerMaxMs)
  return { [Symbol.dispose]: () => clearInterval(handle) }
}

/** The same clock; what a timer throws is told to `report` and ends nothing else. */
export function guardedClock(clock: Clock, report: (cause: unknown) => void): Clock {
  const guarded = (run: () => void) => () => {
    try {
      run()
    } catch (cause) {
      report(cause)
    }
  }
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    after: (delayMs, run) => clock.after(delayMs, guarded(run)),
    every: (periodMs, run) => clock.every(periodMs, guarded(run)),
  }
}

/** Resolves `delayMs` from now on the given clock, or at once when the signal aborts. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const timer = clock.after(delayMs, finish)
    signal?.addEventListener('abort', finish, { once: true })
    function finish() {
      timer.cancel()
      signal?.removeEventListener('abort', finish)
      resolve()
    }
  })
}
