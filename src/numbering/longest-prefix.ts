/** Finds what is kept for the longest prefix of some digits; for tables of some thousand entries. */
export class LongestPrefix<Value> {
  readonly #values: ReadonlyMap<string, Value>
  readonly #lengthMax: number

  constructor(values: ReadonlyMap<string, Value>) {
    this.#values = values
    let lengthMax = 0
    for (const { length } of values.keys()) lengthMax = Math.max(lengthMax, length)
    this.#lengthMax = lengthMax
  }

  get size(): number {
    return this.#values.size
  }

  find(digits: string): Value | undefined {
    return longestIn(this.#values, digits, this.#lengthMax)
  }
}

/** The same for a table that still grows, of prefixes that are no longer than `lengthMax`. */
export function longestIn<Value>(
  values: ReadonlyMap<string, Value>,
  digits: string,
  lengthMax: number,
): Value | undefined {
  for (let length = Math.min(lengthMax, digits.length); length > 0; length--) {
    const value = values.get(digits.slice(0, length))
    if (value !== undefined) return value
  }
  return undefined
}
