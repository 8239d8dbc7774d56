import type { KeyId } from '../../domain/key.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { KeyUses } from '../key-book.ts'
import type { RedisClient } from './connect.ts'
import { lost } from './scripts.ts'

/** How often uses are written down: so much of them may be lost with the gate. */
const flushPeriodMs = 5_000
const usesKey = 'tollgate:{board}:used'

/** When keys were last used, gathered in memory and written every few seconds. */
export class RedisKeyUses implements KeyUses, AsyncDisposable {
  readonly #client: RedisClient
  readonly #flushing: Disposable
  readonly #gathered = new Map<KeyId, number>()

  constructor(client: RedisClient, clock: Clock) {
    this.#client = client
    const timer = clock.every(flushPeriodMs, () => void this.#flush())
    this.#flushing = { [Symbol.dispose]: () => timer.cancel() }
  }

  noteUse(id: KeyId, atMs: number): void {
    this.#gathered.set(id, atMs)
  }

  async lastUsedAtMs(id: KeyId): Promise<number | undefined> {
    try {
      const kept = await this.#client.zscore(usesKey, id)
      const known = [this.#gathered.get(id), kept === null ? undefined : Number(kept)]
      const all = known.filter((atMs) => atMs !== undefined)
      return all.length > 0 ? Math.max(...all) : undefined
    } catch (cause) {
      throw lost(cause)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#flushing[Symbol.dispose]()
    await this.#flush()
  }

  /** ZADD GT: the latest use wins, whichever gate tells of it last. */
  async #flush(): Promise<void> {
    if (this.#gathered.size === 0) return
    const uses = [...this.#gathered]
    this.#gathered.clear()
    try {
      await this.#client.zadd(
        usesKey,
        'GT',
        ...uses.flatMap(([id, atMs]) => [Math.floor(atMs), id]),
      )
    } catch {
      for (const [id, atMs] of uses) if (!this.#gathered.has(id)) this.#gathered.set(id, atMs)
    }
  }
}
