import type { Clock, Timer } from '../../kernel/clock.ts'

/** Timers that cannot be stopped: each tells its subject once, when it is due. */
export interface TimerQueues<Subject, Name> {
  /** Fires `name` for `subject` after `delayMs`. */
  start(delayMs: number, subject: Subject, name: Name): void
  /** Forgets every timer and starts no more. */
  close(): void
}

interface Entry<Subject, Name> {
  readonly dueMs: number
  readonly subject: Subject
  readonly name: Name
}

/**
 * Timers of one delay that fall due in close succession fire together, and none of them later than by
 * this part of its delay: 250 ms of 32 s, for which every finished transaction is kept.
 */
const latenessDivisor = 128

/** Empty places at the front of a queue before it is shortened. */
const compactAt = 1024

/**
 * Timers for very many subjects and few different delays, as RFC 3261 17 has them. Those of equal
 * delay fall due in the order they were started, so one queue a delay and one timer of the clock
 * for its front are enough: starting one costs an entry at the end of an array.
 */
export function createTimerQueues<Subject, Name>(
  clock: Clock,
  fire: (subject: Subject, name: Name) => void,
): TimerQueues<Subject, Name> {
  const queues = new Map<number, DelayQueue<Subject, Name>>()
  let closed = false
  return {
    start: (delayMs, subject, name) => {
      if (closed) return
      let queue = queues.get(delayMs)
      if (!queue) {
        queue = new DelayQueue(clock, delayMs / latenessDivisor, fire)
        queues.set(delayMs, queue)
      }
      queue.add({ dueMs: clock.monotonic() + delayMs, subject, name })
    },
    close: () => {
      closed = true
      for (const queue of queues.values()) queue.close()
      queues.clear()
    },
  }
}

class DelayQueue<Subject, Name> {
  readonly #clock: Clock
  readonly #spacingMs: number
  readonly #fire: (subject: Subject, name: Name) => void
  readonly #run = () => this.#fireDue()
  #entries: (Entry<Subject, Name> | undefined)[] = []
  #front = 0
  #timer: Timer | undefined
  #firing = false
  #firedMs = Number.NEGATIVE_INFINITY

  constructor(clock: Clock, spacingMs: number, fire: (subject: Subject, name: Name) => void) {
    this.#clock = clock
    this.#spacingMs = spacingMs
    this.#fire = fire
  }

  add(entry: Entry<Subject, Name>): void {
    this.#entries.push(entry)
    if (!this.#timer && !this.#firing) this.#arm()
  }

  close(): void {
    this.#timer?.cancel()
    this.#entries = []
    this.#front = 0
  }

  #arm(): void {
    const next = this.#entries[this.#front]
    const dueMs = next ? Math.max(next.dueMs, this.#firedMs + this.#spacingMs) : 0
    // Rounded up, because a clock that wakes a fraction early would wake again for nothing.
    const delayMs = next ? Math.ceil(dueMs - this.#clock.monotonic()) : 0
    this.#timer = next && this.#clock.after(Math.max(0, delayMs), this.#run)
  }

  #fireDue(): void {
    const nowMs = this.#clock.monotonic()
    this.#timer = undefined
    this.#firedMs = nowMs
    this.#firing = true
    try {
      for (let next = this.#entries[this.#front]; next && next.dueMs <= nowMs; ) {
        this.#entries[this.#front] = undefined
        this.#front++
        this.#fire(next.subject, next.name)
        next = this.#entries[this.#front]
      }
    } finally {
      this.#firing = false
      this.#compact()
      this.#arm()
    }
  }

  /** Drops the empty places, seldom enough that an entry is moved about once in its life. */
  #compact(): void {
    const left = this.#entries.length - this.#front
    if (left > 0 && (this.#front < compactAt || left > this.#front)) return
    this.#entries = this.#entries.slice(this.#front)
    this.#front = 0
  }
}
