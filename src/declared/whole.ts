import { createHash } from 'node:crypto'
import {
  type ChangeableList,
  type ChangedEntries,
  changeableLists,
  entryKey,
  parsedEntry,
} from '../config/changed-entries.ts'
import type { Settings } from '../config/load.ts'
import type { Tree } from '../config/tree.ts'
import { canonicalJson } from '../kernel/canonical-json.ts'
import type { Entries, StoredEntry } from '../store/entries.ts'
import type { Board } from '../store/port.ts'
import { tenantStatusTopic } from '../store/tenant-book.ts'

/** One entry as it now counts. */
export interface DeclaredEntry {
  readonly list: ChangeableList
  /** Its id; a number or range; a reason. */
  readonly id: string
  /** In the words of the file. */
  readonly entry: Tree
  /** Another one whenever the entry is another; opaque, plain characters. */
  readonly version: string
  /** When it was changed at run time, wall time; undefined: it is as the file has it. */
  readonly changedAtMs: number | undefined
}

/** What is declared, of the file and at run time, at one revision. */
export interface Whole {
  readonly revision: number
  readonly changed: ChangedEntries
  /** By `entryKey`, in the order of the lists. */
  readonly entries: ReadonlyMap<string, DeclaredEntry>
}

/** What was changed at run time, as settings take it. */
export function changedOf(entries: Pick<Entries, 'all'>): ChangedEntries {
  return new Map(entries.all().map(parsedEntry))
}

/** The whole as it is now, from memory. */
export function wholeOf(
  settings: Pick<Settings, 'entries'>,
  stored: Pick<Entries, 'all' | 'revision'>,
  board: Pick<Board, 'get'>,
): Whole {
  const all = new Map(stored.all().map((each) => [entryKey(each.list, each.id), each]))
  const keys = new Set([...settings.entries.keys(), ...all.keys()])
  const found = [...keys].flatMap((key) => {
    const declared = declaredEntry(key, settings.entries.get(key), all.get(key))
    return declared ? [[key, asItCounts(declared, board)] as const] : []
  })
  const rank = ({ list }: DeclaredEntry) => changeableLists.indexOf(list)
  found.sort(([, one], [, other]) => rank(one) - rank(other))
  return { revision: stored.revision, changed: changedOf(stored), entries: new Map(found) }
}

function declaredEntry(
  key: string,
  fileText: string | undefined,
  stored: StoredEntry | undefined,
): DeclaredEntry | undefined {
  const at = key.indexOf('/')
  const list = changeableLists.find((name) => name === key.slice(0, at))
  const text = stored ? stored.text : fileText
  if (!list || text === undefined) return undefined
  return {
    list,
    id: key.slice(at + 1),
    entry: JSON.parse(text),
    version: stored ? `r${stored.revision}` : `f${shortHash(text)}`,
    changedAtMs: stored?.changedAtMs,
  }
}

/** A tenant has the status that it was given last. */
function asItCounts(declared: DeclaredEntry, board: Pick<Board, 'get'>): DeclaredEntry {
  if (declared.list !== 'tenants') return declared
  const note = board.get(tenantStatusTopic, declared.id)
  if (note === undefined) return declared
  const status = note === 'active' ? 'active' : 'suspended'
  const version = `${declared.version}-${status}`
  const isSame = (declared.entry.status ?? 'active') === status
  return { ...declared, version, entry: isSame ? declared.entry : { ...declared.entry, status } }
}

/** Enough of it to tell two texts of one entry apart. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

/** The text that an entry is compared and kept by. */
export function entryText(entry: Tree | undefined): string | undefined {
  return entry === undefined ? undefined : canonicalJson(entry)
}
