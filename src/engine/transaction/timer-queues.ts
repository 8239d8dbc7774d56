import type { Clock, Timer } from '../../kernel/clock.ts'

/** Timers that cannot be stopped: each tells its subject once, when it is due, unless nobody waits. */
export interface TimerQueues<Subject, Name> {
  /** Fires `name` for `subject` after `delayMs`, or not at all where it is awaited no more. */
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
 * this part of its delay: 1 s of 32 s, for which every finished transaction is kept.
 */
const latenessDivisor = 32

/** What timers tell, and whether that would still make a difference. */
export interface TimerEvents<Subject, Name> {
  fire(subject: Subject, name: Name): void
  /** False once it makes none, and then for good: the thread is woken for no such one. */
  isAwaited(subject: Subject, name: Name): boolean
}

/** Empty places at the front of a queue before it is shortened. */
const compactAt = 1024

/**
 * Timers for very many subjects and few different delays, as RFC 3261 17 has them. Those of equal
 * delay fall due in the order they were started, so one queue a delay and one timer of the clock
 * for its front are enough: starting one costs an entry at the end of an array.
 */
export function createTimerQueues<Subject, Name>(
  clock: Clock,
  events: TimerEvents<Subject, Name>,
): TimerQueues<Subject, Name> {
  const queues = new Map<number, DelayQueue<Subject, Name>>()
  let closed = false
  return {
    start: (delayMs, subject, name) => {
      if (closed) return
      let queue = queues.get(delayMs)
      if (!queue) {
        queue = new DelayQueue(clock, delayMs / latenessDivisor, events)
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
  readonly #events: TimerEvents<Subject, Name>
  readonly #run = () => this.#fireDue()
  #entries: (Entry<Subject, Name> | undefined)[] = []
  #front = 0
  #timer: Timer | undefined
  #firing = false
  #firedMs = Number.NEGATIVE_INFINITY

  constructor(clock: Clock, spacingMs: number, events: TimerEvents<Subject, Name>) {
    this.#clock = clock
    this.#spacingMs = spacingMs
    this.#events = events
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

  /** Waits for the first that is awaited; those before it would wake the thread for nothing. */
  #arm(): void {
    let next = this.#entries[this.#front]
    while (next && !this.#events.isAwaited(next.subject, next.name)) {
      this.#shift()
      next = this.#entries[this.#front]
    }
    this.#compact()
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
        this.#shift()
        const { subject, name } = next
        if (this.#events.isAwaited(subject, name)) this.#events.fire(subject, name)
        next = this.#entries[this.#front]
      }
    } finally {
      this.#firing = false
      this.#arm()
    }
  }

  #shift(): void {
    this.#entries[this.#front] = undefined
    this.#front++
  }

  /** Drops the empty places, seldom enough that an entry is moved about once in its life. */
  #compact(): void {
    const left = this.#entries.length - this.#front
    if (left > 0 && (this.#front < compactAt || left > this.#front)) return
    this.#entries = this.#entries.slice(this.#front)
    this.#front = 0
  }
}
