import type { Clock, Timer } from '../../src/kernel/clock.ts'

interface Pending {
  readonly dueMs: number
  readonly order: number
  readonly run: () => void
}

/** A clock that stands still until told: `advance` runs what falls due, in order of time. */
export class FakeClock implements Clock {
  #nowMs: number
  #wrongMs = 0
  #order = 0
  readonly #pending = new Set<Pending>()

  constructor(startMs = Date.UTC(2026, 0, 5, 12, 0, 0)) {
    this.#nowMs = startMs
  }

  now(): number {
    return this.#nowMs + this.#wrongMs
  }

  monotonic(): number {
    return this.#nowMs
  }

  after(delayMs: number, run: () => void): Timer {
    const entry = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, run }
    this.#pending.add(entry)
    return { cancel: () => void this.#pending.delete(entry) }
  }

  every(periodMs: number, run: () => void): Timer {
    let timer = this.after(periodMs, tick)
    const self = this
    function tick() {
      timer = self.after(periodMs, tick)
      run()
    }
    return { cancel: () => timer.cancel() }
  }

  /** Sets the wall clock on or back, as NTP or a person does: no timer and no monotonic time hears of it. */
  setWallBy(ms: number): void {
    this.#wrongMs += ms
  }

  /** How many timers are waiting: a leak shows here. */
  get pendingCount(): number {
    return this.#pending.size
  }

  /** Moves time on by `ms`, running every timer that falls due on the way. */
  advance(ms: number): void {
    const target = this.#nowMs + ms
    for (let next = this.#nextDue(target); next; next = this.#nextDue(target)) {
      this.#pending.delete(next)
      this.#nowMs = next.dueMs
      next.run()
    }
    this.#nowMs = target
  }

  /** Moves time on at once, as after a sleep of the machine: what fell due meanwhile runs once. */
  jump(ms: number): void {
    this.#nowMs += ms
    const due = [...this.#pending].filter(({ dueMs }) => dueMs <= this.#nowMs)
    for (const entry of due) if (this.#pending.delete(entry)) entry.run()
  }

  /** Like `advance`, and lets promises settle after each timer. */
  async advanceAsync(ms: number): Promise<void> {
    const target = this.#nowMs + ms
    await settle()
    for (let next = this.#nextDue(target); next; next = this.#nextDue(target)) {
      this.#pending.delete(next)
      this.#nowMs = next.dueMs
      next.run()
      await settle()
    }
    this.#nowMs = target
  }

  #nextDue(target: number): Pending | undefined {
    let found: Pending | undefined
    for (const entry of this.#pending) {
      if (entry.dueMs > target) continue
      const earlier =
        !found ||
        entry.dueMs < found.dueMs ||
        (entry.dueMs === found.dueMs && entry.order < found.order)
      if (earlier) found = entry
    }
    return found
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}
