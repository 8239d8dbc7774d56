import { Readable } from 'node:stream'

/** What may wait for a slow reader; past it the stream ends, and its reader comes again. */
export const waitingMax = 3_000

/**
 * What one reader is told, as text, no faster than it reads: what waits is asked for its text when its
 * turn comes.
 */
export class FeedStream {
  readonly readable: Readable
  readonly #waiting: (() => string)[] = []
  #isHungry = true
  #isEnding = false

  constructor() {
    this.readable = new Readable({
      read: () => {
        this.#isHungry = true
        this.#feed()
      },
    })
  }

  tell(text: () => string): void {
    if (this.#waiting.length >= waitingMax) {
      this.readable.destroy()
      return
    }
    this.#waiting.push(text)
    this.#feed()
  }

  /** Ends in the ordinary way: what was told before still reaches the reader. */
  end(): void {
    this.#isEnding = true
    this.#feed()
  }

  #feed(): void {
    while (this.#isHungry) {
      const next = this.#waiting.shift()
      if (!next) break
      this.#isHungry = this.readable.push(next())
    }
    if (!this.#isEnding || this.#waiting.length > 0) return
    this.#isEnding = false
    this.readable.push(null)
  }
}
