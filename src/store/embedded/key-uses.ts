import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { KeyId } from '../../domain/key.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { KeyUses } from '../key-book.ts'

/** How often uses are written down: so much of them may be lost with the process. */
const flushPeriodMs = 5_000

/** When keys were last used, gathered in memory and written every few seconds. */
export class EmbeddedKeyUses implements KeyUses, Disposable {
  readonly #write: StatementSync
  readonly #read: StatementSync
  readonly #flushing: Disposable
  readonly #gathered = new Map<KeyId, number>()

  constructor(database: DatabaseSync, clock: Clock) {
    this.#write = database.prepare(`
      INSERT INTO key_use (key, at_ms) VALUES (?, ?)
      ON CONFLICT DO UPDATE SET at_ms = max(at_ms, excluded.at_ms)`)
    this.#read = database.prepare('SELECT at_ms FROM key_use WHERE key = ?')
    const timer = clock.every(flushPeriodMs, () => this.#flush())
    this.#flushing = { [Symbol.dispose]: () => timer.cancel() }
  }

  noteUse(id: KeyId, atMs: number): void {
    this.#gathered.set(id, atMs)
  }

  async lastUsedAtMs(id: KeyId): Promise<number | undefined> {
    const row = this.#read.get(id)
    return this.#gathered.get(id) ?? (row ? Number(row.at_ms) : undefined)
  }

  [Symbol.dispose](): void {
    this.#flushing[Symbol.dispose]()
    this.#flush()
  }

  #flush(): void {
    try {
      for (const [id, atMs] of this.#gathered) {
        this.#write.run(id, Math.floor(atMs))
        this.#gathered.delete(id)
      }
    } catch {
      // Tried again at the next flush; the keys that are gathered are bounded by those there are.
    }
  }
}
