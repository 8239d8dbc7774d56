import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Clock } from '../../kernel/clock.ts'
import { inTransaction } from '../../kernel/database-file.ts'
import { Failure } from '../../kernel/failure.ts'
import { type Note, RememberedBoard } from '../board-memory.ts'
import type { Board, NoteEdit } from '../port.ts'

/** How often the file is asked whether another process has written: a change is seen within it. */
const pollPeriodMs = 250
/** A board that could not be asked for longer lets no call be taken. */
const ageMaxMs = 1_000

/** The board in a SQLite file that several processes may write. */
export class EmbeddedBoard extends RememberedBoard implements Board, Disposable {
  readonly #database: DatabaseSync
  readonly #dataVersion: StatementSync
  readonly #newer: StatementSync
  readonly #read: StatementSync
  readonly #write: StatementSync
  readonly #polling: Disposable
  readonly #clock: Clock
  #seen = -1
  #polledAtMs = -Infinity

  constructor(database: DatabaseSync, clock: Clock) {
    super()
    this.#database = database
    this.#clock = clock
    const prepare = (sql: string) => this.#database.prepare(sql)
    this.#dataVersion = prepare('PRAGMA data_version')
    this.#newer = prepare('SELECT * FROM note WHERE version > ? ORDER BY version')
    this.#read = prepare('SELECT text FROM note WHERE topic = ? AND id = ?')
    this.#write = prepare(`
      INSERT INTO note (topic, id, text, version)
      VALUES (?, ?, ?, (SELECT coalesce(max(version), 0) + 1 FROM note))
      ON CONFLICT DO UPDATE SET text = excluded.text, version = excluded.version`)
    this.#poll()
    const timer = clock.every(pollPeriodMs, () => this.#tryPoll())
    this.#polling = { [Symbol.dispose]: () => timer.cancel() }
  }

  async post(
    topic: string,
    id: string,
    change: (current: string | undefined) => string | undefined,
  ): Promise<string | undefined> {
    const text = inTransaction(this.#database, () => {
      const current = textOf(this.#read.get(topic, id)?.text)
      const changed = change(current)
      this.memory.check(topic, id, changed)
      if (changed !== current) this.#write.run(topic, id, changed ?? null)
      return changed
    })
    this.#takeNewer()
    return text
  }

  async change(edits: readonly NoteEdit[]): Promise<boolean> {
    this.memory.checkAll(edits)
    const isDone = inTransaction(this.#database, () => {
      const isAsSeen = edits.every(
        ({ topic, id, seen }) => !seen || textOf(this.#read.get(topic, id)?.text) === seen.text,
      )
      if (!isAsSeen) return false
      for (const { topic, id, text } of edits) this.#write.run(topic, id, text ?? null)
      return true
    })
    this.#takeNewer()
    return isDone
  }

  /** Throws `store_unavailable` where what it holds may be older than a second. */
  ensureFresh(): void {
    if (this.#clock.monotonic() - this.#polledAtMs > ageMaxMs) this.#poll()
  }

  [Symbol.dispose](): void {
    this.#polling[Symbol.dispose]()
  }

  #tryPoll(): void {
    try {
      this.#poll()
    } catch {
      // Asked again in a moment, and by `ensureFresh` before a call is taken.
    }
  }

  /** https://sqlite.org/pragma.html#pragma_data_version: changes when another connection has written. */
  #poll(): void {
    try {
      const version = Number(this.#dataVersion.get()?.data_version)
      if (version !== this.#seen) this.#takeNewer()
      this.#seen = version
      this.#polledAtMs = this.#clock.monotonic()
    } catch (cause) {
      throw new Failure('store_unavailable', 'the file of keys cannot be read', { cause })
    }
  }

  #takeNewer(): void {
    const rows = this.#newer.all(this.memory.version)
    const notes = rows.map(
      ({ topic, id, text, version }): Note => ({
        topic: String(topic),
        id: String(id),
        text: textOf(text),
        version: Number(version),
      }),
    )
    this.memory.take(notes)
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
