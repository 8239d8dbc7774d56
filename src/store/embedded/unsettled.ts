/** Settlements that wait for a file that cannot be written; the money of more counts as spent. */
const unsettledMax = 10_000

/** SQLITE_CONSTRAINT of https://sqlite.org/rescode.html: no later attempt would do better. */
const constraintCode = 19

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
        if ((error as { readonly errcode?: unknown }).errcode !== constraintCode) break
      }
      done++
    }
    if (done > 0) this.#waiting = this.#waiting.slice(done)
  }
}
