/** Remembers up to `entriesMax` answers; what was not asked for longest is forgotten first. */
export class BoundedCache<Value> {
  readonly #entriesMax: number
  readonly #entries = new Map<string, Value>()

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax
  }

  get size(): number {
    return this.#entries.size
  }

  /** The answer kept under `key`, or a fresh one, which is then kept. */
  get(key: string, make: () => Value): Value {
    const known = this.#entries.get(key)
    const value = known === undefined ? make() : known
    if (known !== undefined) this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size > this.#entriesMax) this.#forgetOldest()
    return value
  }

  #forgetOldest(): void {
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest)
      return
    }
  }
}
