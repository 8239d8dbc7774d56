import { existsSync } from 'node:fs'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { PersonalKind } from '../domain/personal.ts'
import { inTransaction } from '../kernel/database-file.ts'
import { Failure } from '../kernel/failure.ts'
import type { Random } from '../kernel/random.ts'
import { createSealer, type MasterKey, type Sealer } from '../keys/master-key.ts'
import type { Month } from './month.ts'
import { openPrivateDatabase } from './private-database.ts'
import { puncture, type Seeds } from './seed-tree.ts'

const schemaVersion = 1
const keyBytes = 32
const checkText = 'tollgate audit keys'

// FULL: a key is durable before anything is sealed with it, and its end before anyone is told.
// secure_delete: what is destroyed is overwritten in its page.
const setUp = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA secure_delete = ON;
  BEGIN IMMEDIATE;
  CREATE TABLE IF NOT EXISTS tree (
    tenant TEXT NOT NULL,
    month TEXT NOT NULL,
    kind TEXT NOT NULL,
    index_key BLOB,
    PRIMARY KEY (tenant, month, kind)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS seed (
    tenant TEXT NOT NULL,
    month TEXT NOT NULL,
    kind TEXT NOT NULL,
    prefix TEXT NOT NULL,
    seed BLOB NOT NULL,
    PRIMARY KEY (tenant, month, kind, prefix)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS master (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    sealed_check BLOB
  ) STRICT;
  CREATE TABLE IF NOT EXISTS believed (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    at_ms INTEGER NOT NULL
  ) STRICT;
  PRAGMA user_version = ${schemaVersion};
  COMMIT;
`

/** Of which tenant, month and kind a tree of keys is; tenant '' where no tenant is known. */
export interface TreeId {
  readonly tenant: string
  readonly month: Month
  readonly kind: PersonalKind
}

/** The keys of one tenant, month and kind. */
export interface Tree {
  readonly seeds: Seeds
  /** What its numbers are found by in the index. */
  readonly indexKey: Buffer
}

export interface KeyFileOptions {
  readonly path: string
  /** Undefined: the keys lie in the file as they are. */
  readonly masterKey: MasterKey | undefined
  readonly random: Random
}

/** Whether there is a file of keys. */
export function hasKeyFile(path: string): boolean {
  return existsSync(path)
}

/**
 * The keys of personal data, in a file of their own outside the log; several processes may use it. A
 * key is durable before it is handed out. What is destroyed here can be read nowhere any more. Throws
 * `audit_unavailable` where it cannot be used, or was sealed under another master key.
 */
export class KeyFile implements Disposable {
  readonly #database: DatabaseSync
  readonly #sealer: Sealer | undefined
  readonly #random: Random
  readonly #statements = new Map<string, StatementSync>()
  #dataVersion: unknown
  #generation = 0

  constructor({ path, masterKey, random }: KeyFileOptions) {
    this.#random = random
    this.#sealer = masterKey && createSealer(masterKey.derive('audit-keys'), random)
    this.#database = openPrivateDatabase(path, { version: schemaVersion, setUp })
    try {
      this.#checkMaster(path)
      this.#dataVersion = this.#version()
    } catch (error) {
      this.#database.close()
      throw error
    }
  }

  /**
   * Whether the file must have lost the tree, where something was sealed by it: it was neither destroyed
   * here, nor is it here. Erasing takes keys out of a tree and never all.
   */
  isLost(id: TreeId): boolean {
    const text = `SELECT index_key IS NULL OR EXISTS (SELECT 1 FROM seed WHERE seed.tenant=tree.tenant
      AND seed.month=tree.month AND seed.kind=tree.kind) AS told
      FROM tree WHERE tenant=? AND month=? AND kind=?`
    return this.#run('get', text, id)?.told !== 1
  }

  /** The tree; undefined where it was destroyed or never was. */
  tree(id: TreeId): Tree | undefined {
    const row = this.#run(
      'get',
      'SELECT index_key FROM tree WHERE tenant=? AND month=? AND kind=?',
      id,
    )
    if (!row?.index_key) return undefined
    const rows = this.#rows(
      'SELECT prefix, seed FROM seed WHERE tenant=? AND month=? AND kind=?',
      id,
    )
    if (rows.length === 0) return undefined
    const seeds = rows.map(
      ({ prefix, seed }) => [String(prefix), this.#opened(seed, id, String(prefix))] as const,
    )
    return { seeds: new Map(seeds), indexKey: this.#opened(row.index_key, id, 'index') }
  }

  /** Makes the trees that were not there yet; they are durable when it returns. */
  ensure(ids: readonly TreeId[]): void {
    const missing = ids.filter(
      (id) => !this.#run('get', 'SELECT 1 FROM tree WHERE tenant=? AND month=? AND kind=?', id),
    )
    if (missing.length === 0) return
    inTransaction(this.#database, () => {
      for (const id of missing) this.#make(id)
    })
  }

  /** Whether the file is as SQLite writes it, page by page. */
  isSound(): boolean {
    try {
      const row = this.#database.prepare('PRAGMA quick_check(1)').get() ?? {}
      return Object.values(row)[0] === 'ok'
    } catch {
      return false
    }
  }

  /** Every tree that is not destroyed. */
  list(): TreeId[] {
    const text = 'SELECT tenant, month, kind FROM tree WHERE index_key IS NOT NULL'
    return this.#statement(text).all() as unknown as TreeId[]
  }

  /**
   * Another number whenever keys may have been destroyed, by this process or another, since it was
   * asked last: whoever holds keys lets go of them then.
   */
  generation(): number {
    const version = this.#version()
    if (version !== this.#dataVersion) this.#generation++
    this.#dataVersion = version
    return this.#generation
  }

  /** The moment by which keys were last expired; undefined where none ever were. */
  believedMs(): number | undefined {
    const row = this.#statement('SELECT at_ms FROM believed').get()
    return row && Number(row.at_ms)
  }

  /** Remembers a moment that was believed. */
  believe(nowMs: number): void {
    this.#statement('INSERT OR REPLACE INTO believed VALUES (1, ?)').run(Math.floor(nowMs))
  }

  /**
   * Destroys the keys at these positions; how many were there. This file gives out none of them again;
   * `overwrite` makes sure that their bytes are gone too.
   */
  puncture(id: TreeId, positions: Iterable<string>): number {
    let count = 0
    inTransaction(this.#database, () => {
      const seeds = new Map(this.tree(id)?.seeds)
      const before = new Map(seeds)
      for (const position of positions) {
        const change = puncture(seeds, position)
        if (!change) continue
        seeds.delete(change.removed)
        for (const [prefix, seed] of change.added) seeds.set(prefix, seed)
        count++
      }
      this.#replace(id, before, seeds)
    })
    this.#generation++
    return count
  }

  /** Destroys whole trees, as `puncture` does keys. */
  destroy(ids: readonly TreeId[]): void {
    if (ids.length === 0) return
    inTransaction(this.#database, () => {
      for (const id of ids) {
        this.#run('run', 'DELETE FROM seed WHERE tenant=? AND month=? AND kind=?', id)
        this.#run('run', 'UPDATE tree SET index_key=NULL WHERE tenant=? AND month=? AND kind=?', id)
      }
    })
    this.#generation++
  }

  /**
   * Has what was destroyed, whenever that was, stand nowhere in the file or beside it. It still stands in
   * the write-ahead log as it was made: that is taken into the file, where its page is overwritten, and cut
   * to nothing. Throws `audit_unavailable` while another connection reads there.
   */
  overwrite(): void {
    const row = this.#database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()
    if (row?.busy === 0) return
    const message = 'the key file is in use: what was destroyed is not overwritten yet'
    throw new Failure('audit_unavailable', message)
  }

  [Symbol.dispose](): void {
    this.#statements.clear()
    this.#database.close()
  }

  #make(id: TreeId): void {
    const made = this.#run('run', 'INSERT OR IGNORE INTO tree VALUES (?, ?, ?, ?)', id, [
      this.#closed(this.#random.bytes(keyBytes), id, 'index'),
    ])
    if (made?.changes === 0) return
    this.#insertSeed(id, '', this.#random.bytes(keyBytes))
  }

  #replace(id: TreeId, before: Seeds, after: Seeds): void {
    const gone = 'DELETE FROM seed WHERE tenant=? AND month=? AND kind=? AND prefix=?'
    for (const prefix of before.keys()) {
      if (!after.has(prefix)) this.#run('run', gone, id, [prefix])
    }
    for (const [prefix, seed] of after) {
      if (!before.has(prefix)) this.#insertSeed(id, prefix, seed)
    }
  }

  #insertSeed(id: TreeId, prefix: string, seed: Buffer): void {
    const sealed = this.#closed(seed, id, prefix)
    this.#run('run', 'INSERT INTO seed VALUES (?, ?, ?, ?, ?)', id, [prefix, sealed])
  }

  #version(): unknown {
    return this.#statement('PRAGMA data_version').get()?.data_version
  }

  #closed(key: Buffer, id: TreeId, name: string): Buffer {
    return this.#sealer ? this.#sealer.seal(key, contextOf(id, name)) : key
  }

  #opened(stored: unknown, id: TreeId, name: string): Buffer {
    const bytes = Buffer.from(stored as Uint8Array)
    const key = this.#sealer ? this.#sealer.open(bytes, contextOf(id, name)) : bytes
    if (key?.length === keyBytes) return key
    throw new Failure(
      'audit_corrupt',
      `a key of ${id.tenant || 'no tenant'}, ${id.month} is damaged`,
    )
  }

  /** Seals what lies open once there is a master key; refuses a file that is sealed under another. */
  #checkMaster(path: string): void {
    const row = this.#database.prepare('SELECT sealed_check FROM master').get()
    const check = row?.sealed_check && Buffer.from(row.sealed_check as Uint8Array)
    const isOurs = check ? this.#sealer?.open(check, checkText)?.toString() === checkText : true
    if (!isOurs) {
      const why = this.#sealer ? 'another master key' : 'a master key, and none is set'
      throw new Failure('audit_unavailable', `${path} is sealed under ${why}`)
    }
    if (this.#sealer && !check) this.#sealAll(this.#sealer)
  }

  #sealAll(sealer: Sealer): void {
    inTransaction(this.#database, () => {
      const sealedCheck = sealer.seal(Buffer.from(checkText), checkText)
      this.#database.prepare('INSERT OR REPLACE INTO master VALUES (1, ?)').run(sealedCheck)
      for (const row of this.#statement('SELECT * FROM tree WHERE index_key IS NOT NULL').all()) {
        const id = row as unknown as TreeId
        const key = Buffer.from(row.index_key as Uint8Array)
        const text = 'UPDATE tree SET index_key=?4 WHERE tenant=?1 AND month=?2 AND kind=?3'
        this.#run('run', text, id, [this.#closed(key, id, 'index')])
      }
      for (const row of this.#statement('SELECT * FROM seed').all()) {
        const id = row as unknown as TreeId
        const prefix = String(row.prefix)
        const seed = this.#closed(Buffer.from(row.seed as Uint8Array), id, prefix)
        const text =
          'UPDATE seed SET seed=?5 WHERE tenant=?1 AND month=?2 AND kind=?3 AND prefix=?4'
        this.#run('run', text, id, [prefix, seed])
      }
    })
    this.overwrite()
  }

  #rows(text: string, { tenant, month, kind }: TreeId) {
    return this.#statement(text).all(tenant, month, kind)
  }

  #run(
    how: 'get' | 'run',
    text: string,
    { tenant, month, kind }: TreeId,
    rest: readonly (string | Buffer)[] = [],
  ) {
    return this.#statement(text)[how](tenant, month, kind, ...rest) as
      | Record<string, unknown>
      | undefined
  }

  #statement(text: string): StatementSync {
    const known = this.#statements.get(text)
    if (known) return known
    const statement = this.#database.prepare(text)
    this.#statements.set(text, statement)
    return statement
  }
}

function contextOf({ tenant, month, kind }: TreeId, name: string): string {
  return [tenant, month, kind, name].join('\n')
}
