import { type Clock, systemClock } from '../../kernel/clock.ts'
import type { Terminal } from '../command.ts'

const barChars = 24
const drawEveryMs = 100
/** Before that a rate says little about the time that is left. */
const rateAfterMs = 1_000

/**
 * Shows how far a long thing is, where a person looks on: a bar, how many of how many, the rate and the
 * time that is left. Disposed of, it is gone from the screen.
 */
export class Progress implements Disposable {
  readonly #terminal: Terminal
  readonly #unit: string
  readonly #clock: Clock
  readonly #beganMs: number
  #drawnMs: number

  constructor(terminal: Terminal, unit: string, clock: Clock = systemClock()) {
    this.#terminal = terminal
    this.#unit = unit
    this.#clock = clock
    this.#beganMs = clock.monotonic()
    this.#drawnMs = this.#beganMs
  }

  /** So much is done; `total` is undefined where nobody knows it. */
  show(done: number, total?: number): void {
    const { progress } = this.#terminal
    if (!progress) return
    const nowMs = this.#clock.monotonic()
    if (nowMs - this.#drawnMs < drawEveryMs) return
    this.#drawnMs = nowMs
    progress(progressLine({ done, total, unit: this.#unit, elapsedMs: nowMs - this.#beganMs }))
  }

  /** The same items, shown as they come. */
  async *over<Item>(items: AsyncIterable<Item>, total?: number): AsyncGenerator<Item, void, void> {
    let done = 0
    for await (const item of items) {
      this.show(++done, total)
      yield item
    }
  }

  [Symbol.dispose](): void {
    this.#terminal.progress?.('')
  }
}

interface Standing {
  readonly done: number
  readonly total: number | undefined
  readonly unit: string
  readonly elapsedMs: number
}

function progressLine({ done, total, unit, elapsedMs }: Standing): string {
  const perSecond = (1000 * done) / elapsedMs
  const rate = elapsedMs < rateAfterMs ? '' : `, ${whole(perSecond)}/s`
  if (total === undefined) return `${whole(done)} ${unit}${rate}`
  const share = Math.min(1, done / Math.max(1, total))
  const filled = Math.floor(share * barChars)
  const bar = `[${'#'.repeat(filled)}${' '.repeat(barChars - filled)}]`
  const left =
    rate === '' || perSecond === 0 ? '' : `, ${timeText((total - done) / perSecond)} left`
  return `${bar} ${whole(done)} of ${whole(total)} ${unit}${rate}${left}`
}

/** `12,345`. */
function whole(count: number): string {
  return Math.round(count).toLocaleString('en')
}

/** `8 s`, `3 min 20 s`, `2 h 5 min`. */
function timeText(seconds: number): string {
  const s = Math.max(0, Math.ceil(seconds))
  if (s < 60) return `${s} s`
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`
}
