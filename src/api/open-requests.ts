/** Requests of one key, and of all keys of one tenant, that may be open at once on this gate. */
export const openOfKeyMax = 64
const openOfTenantMax = 256

/** Who has a request open. */
interface Asker {
  readonly keyId: string
  readonly tenantId: string | undefined
}

/**
 * Counts the requests that are not answered to their end, so that whoever holds a key cannot have all
 * connections of the gate by being slow. A stream is open for as long as it lasts.
 */
export class OpenRequests {
  readonly #open = new Map<string, number>()

  /** What has to be called once it is over; undefined where too many are open. */
  enter({ keyId, tenantId }: Asker): (() => void) | undefined {
    const places = [
      [`key ${keyId}`, openOfKeyMax] as const,
      ...(tenantId === undefined ? [] : [[`tenant ${tenantId}`, openOfTenantMax] as const]),
    ]
    if (places.some(([name, max]) => this.#count(name) >= max)) return undefined
    for (const [name] of places) this.#open.set(name, this.#count(name) + 1)
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      for (const [name] of places) this.#leave(name)
    }
  }

  #leave(name: string): void {
    const left = this.#count(name) - 1
    if (left > 0) this.#open.set(name, left)
    else this.#open.delete(name)
  }

  #count(name: string): number {
    return this.#open.get(name) ?? 0
  }
}
