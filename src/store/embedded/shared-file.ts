import type { DatabaseSync } from 'node:sqlite'
import { openDatabase } from './database.ts'

const schemaVersion = 1

// FULL: what changes a key or takes consent away must not be undone by a power cut; it is rare.
const setUp = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  BEGIN IMMEDIATE;
  CREATE TABLE IF NOT EXISTS note (
    topic TEXT NOT NULL,
    id TEXT NOT NULL,
    text TEXT,
    version INTEGER NOT NULL UNIQUE,
    PRIMARY KEY (topic, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS key_use (
    key TEXT PRIMARY KEY,
    at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  PRAGMA user_version = ${schemaVersion};
  COMMIT;
`

/** The file beside the counters that other processes, such as the command line, may write too. */
export function sharedFileOf(storePath: string): string {
  return storePath === ':memory:' ? storePath : `${storePath}.shared`
}

/** Opens or creates it; throws `store_unavailable` when it cannot be used. */
export function openSharedFile(path: string): DatabaseSync {
  return openDatabase(path, { version: schemaVersion, setUp })
}
