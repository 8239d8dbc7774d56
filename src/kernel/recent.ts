/**
 * A map that keeps those of its entries that were used last: at least half of `entriesMax`, and never
 * more. Two halves: what is used goes into the younger one; when that is full it becomes the older, and
 * what was in the older one and was not used since is forgotten. So nothing is moved at most uses.
 */
export class Recent<Key, Value> {
  readonly #halfMax: number
  #younger = new Map<Key, Value>()
  #older = new Map<Key, Value>()

  constructor(entriesMax: number) {
    this.#halfMax = Math.max(1, Math.floor(entriesMax / 2))
  }

  get(key: Key): Value | undefined {
    const value = this.#younger.get(key)
    if (value !== undefined) return value
    const older = this.#older.get(key)
    if (older !== undefined) this.set(key, older)
    return older
  }

  set(key: Key, value: Value): void {
    if (this.#younger.size >= this.#halfMax && !this.#younger.has(key)) {
      this.#older = this.#younger
      this.#younger = new Map()
    }
    this.#younger.set(key, value)
  }

  clear(): void {
    this.#younger.clear()
    this.#older.clear()
  }
}
