const hourMs = 3_600_000
const minutesPerHour = 60
/** Hours of a week: traffic of a Sunday night is compared with Sunday nights. */
export const hoursOfWeek = 168
/** The weight of the latest week; the one before has three quarters of it, and so on. */
const newest = 0.25

/** Attempts a minute that are usual in each hour of the week (UTC), exponentially weighted. */
export class Baseline {
  readonly #perMinute: number[]
  #hour: number | undefined
  #attempts = 0

  constructor(text?: string) {
    this.#perMinute = readBaseline(text)
  }

  /** What is usual in the hour of this moment; 0 where nothing is known yet. */
  usual(nowMs: number): number {
    return this.#perMinute[hourOfWeek(nowMs)] ?? 0
  }

  /** Counts an attempt; true where an hour has ended and there is something new to keep. */
  count(nowMs: number): boolean {
    const hour = Math.floor(nowMs / hourMs)
    const ended = this.#hour !== undefined && hour !== this.#hour
    if (ended) this.#learn()
    this.#hour = hour
    this.#attempts += 1
    return ended
  }

  /** As `new Baseline` takes it: one small number an hour. */
  toString(): string {
    return this.#perMinute.map((value) => (value === 0 ? '' : value.toFixed(2))).join(' ')
  }

  #learn(): void {
    const at = hourOfWeek((this.#hour ?? 0) * hourMs)
    const before = this.#perMinute[at] ?? 0
    const now = this.#attempts / minutesPerHour
    this.#perMinute[at] = before === 0 ? now : before + newest * (now - before)
    this.#attempts = 0
  }
}

function hourOfWeek(nowMs: number): number {
  return Math.floor(nowMs / hourMs) % hoursOfWeek
}

/** What cannot be read counts as nothing known. */
function readBaseline(text: string | undefined): number[] {
  const values = (text ?? '').split(' ').map(Number)
  return Array.from({ length: hoursOfWeek }, (_, at) => {
    const value = values[at] ?? 0
    return Number.isFinite(value) && value > 0 ? value : 0
  })
}
