import { sqliteCodeOf, sqliteCodes } from '../../kernel/database-file.ts'

/** Settlements that wait for a file that cannot be written; the money of more counts as spent. */
const unsettledMax = 10_000

/** Settlements of calls that have ended, in their order, each until it is in the file. */
export class Unsettled<Settlement> {
  readonly #write: (settlement: Settlement) => void
  #waiting: Settlement[] = []

  /** `write` puts one into the file, or throws. */
  constructor(write: (settlement: Settlement) => void) {
    this.#write = write
  }

  add(settlement: Settlement): void {
    if (this.#waiting.length < unsettledMax) this.#waiting.push(settlement)
    this.settle()
  }

  /** Writes what waits, as far as the file takes it. */
  settle(): void {
    let done = 0
    for (const settlement of this.#waiting) {
      try {
        this.#write(settlement)
      } catch (error) {
        // More than there is cannot be given back, and no later attempt would do better.
        if (sqliteCodeOf(error) !== sqliteCodes.constraint) break
      }
      done++
    }
    if (done > 0) this.#waiting = this.#waiting.slice(done)
  }
}
