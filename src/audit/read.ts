import { Failure } from '../kernel/failure.ts'
import { AuditFault } from './fault.ts'
import { decodeLeaf, decodeUntraced, type LeafContent } from './leaf.ts'
import { readCheckpoint } from './note/checkpoint.ts'
import { noteBytesMax } from './note/note.ts'
import { checkpointName, listPending, readPlain } from './storage/files.ts'
import { LogReader } from './storage/log-reader.ts'
import { tilePath, tileWidth } from './tree/tile.ts'

/** One entry of a log. */
export interface LogEntry extends LeafContent {
  /** Its place in the tree, from 0. */
  readonly index: number
  /** Its bytes, which the tree commits to. */
  readonly leaf: Buffer
}

/** Which entries are read: from `from` up to, not including, `to`. */
export interface EntryRange {
  readonly from?: number | undefined
  readonly to?: number | undefined
  /** Whether decisions are read without their traces. */
  readonly isUntraced?: boolean
}

/**
 * The entries of the log in `dir`, oldest first, with one bundle of 256 in memory. May run beside
 * the process that writes: it sees what was acknowledged when it began, or more. Proves nothing: that
 * is `verifyLog`'s matter. Throws `audit_unavailable` where there is no log, an `AuditFault` where
 * entries are missing or are none.
 */
export async function* readEntries(dir: string, range: EntryRange = {}): AsyncGenerator<LogEntry> {
  for await (const entries of readBundles(dir, range)) {
    for (const entry of entries) yield entry
  }
}

/**
 * As `readEntries`, a bundle at a time: for who reads many, to wait for each costs more than to read it. An
 * entry that is none is thrown for once those before it are given.
 */
export async function* readBundles(
  dir: string,
  { from = 0, to = Number.POSITIVE_INFINITY, isUntraced = false }: EntryRange = {},
): AsyncGenerator<readonly LogEntry[]> {
  const size = await publishedSize(dir)
  const reader = new LogReader(dir)
  const decode = isUntraced ? decodeUntraced : decodeLeaf
  for (let bundle = Math.floor(from / tileWidth); bundle * tileWidth < to; bundle++) {
    const first = bundle * tileWidth
    const found = await reader.bundle(bundle, size)
    const leaves = found?.leaves ?? []
    const entries: LogEntry[] = []
    const end = Math.min(leaves.length, to - first)
    for (let at = Math.max(0, from - first); at < end; at++) {
      const leaf = leaves[at] as Buffer
      const content = decode(leaf)
      if (!content) {
        yield entries
        throw new AuditFault(found?.file ?? '', first + at, 'unreadable')
      }
      const { atMs, event } = content
      entries.push({ index: first + at, leaf, atMs, event })
    }
    yield entries
    if (leaves.length === tileWidth) continue
    if (first + leaves.length >= size) return
    const file = found?.file ?? tilePath({ level: 'entries', index: bundle, width: tileWidth })
    throw new AuditFault(file, first + leaves.length, found?.restBytes ? 'unreadable' : 'cut_off')
  }
}

/** Which entries are wanted: these, and all from `upTo` on. */
export interface KnownEntries {
  readonly entries: readonly number[]
  readonly upTo: number
}

/** As `readEntries`, where it is known which entries are wanted; nothing between them is read. */
export async function* readKnown(
  dir: string,
  { entries, upTo }: KnownEntries,
): AsyncGenerator<LogEntry> {
  const known = entries.filter((index) => index < upTo).sort((one, other) => one - other)
  for (const from of known) yield* readEntries(dir, { from, to: from + 1 })
  yield* readEntries(dir, { from: upTo })
}

/** The size that the log's checkpoint names, for whoever only reads: its signature is not looked at. */
export async function publishedSize(dir: string): Promise<number> {
  const bytes = await readPlain(dir, checkpointName, noteBytesMax)
  if (!bytes) {
    const [pending] = await listPending(dir)
    if (pending === undefined) throw new Failure('audit_unavailable', `${dir} holds no audit log`)
    throw new AuditFault(checkpointName, undefined, 'checkpoint_missing')
  }
  const checkpoint = readCheckpoint(bytes)
  if (!checkpoint) throw new AuditFault(checkpointName, undefined, 'checkpoint_unreadable')
  return checkpoint.size
}
