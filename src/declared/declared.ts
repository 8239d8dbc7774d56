import { type ChangeableList, entryKey, entryName } from '../config/changed-entries.ts'
import type { Settings } from '../config/load.ts'
import type { Problem } from '../config/problem.ts'
import type { Tree } from '../config/tree.ts'
import type { Key } from '../domain/key.ts'
import type { Clock } from '../kernel/clock.ts'
import { Failure } from '../kernel/failure.ts'
import { type Entries, type EntryChange, openEntries, type Revision } from '../store/entries.ts'
import type { NoteEdit, Store } from '../store/port.ts'
import { tenantStatusTopic } from '../store/tenant-book.ts'
import { listFaults } from '../tables/list-faults.ts'
import { contradiction } from './contradiction.ts'
import { type HeldEntry, holding, usableOf } from './held.ts'
import { keyEdit, keyEntry, keyVersion } from './keys.ts'
import { newDangling } from './references.ts'
import { changedOf, type DeclaredEntry, entryText, type Whole, wholeOf } from './whole.ts'

/** How often a change is tried again that others keep overtaking. */
const triesMax = 20
/** Past so many bad lines no further list is read. */
const faultsMax = 100

/** What one entry shall be. */
export interface EntryEdit {
  readonly list: ChangeableList | 'keys'
  readonly id: string
  /** In the words of the file; undefined: gone (a key: revoked). */
  readonly entry: Tree | undefined
  /** The version that the writer goes by, 'absent' for none; left out: whatever there is. */
  readonly expected?: string | undefined
}

/** One thing that is wrong with a change. */
export interface EntryProblem extends Problem {
  readonly list: string
  readonly id: string
}

/** What came of a change: made, as a whole; or nothing of it, and why. */
export type ChangeResult =
  | {
      readonly outcome: 'changed'
      readonly revision: number
      readonly changes: readonly EntryChange[]
    }
  | { readonly outcome: 'unchanged'; readonly revision: number }
  /** Somebody else has changed this one meanwhile. */
  | { readonly outcome: 'conflict'; readonly list: string; readonly id: string }
  | { readonly outcome: 'invalid'; readonly problems: readonly EntryProblem[] }

/** Everything declared, and how it is changed while gates run. */
export interface Declared {
  whole(): Whole
  /** Of one list, or of all of them. */
  entries(list?: ChangeableList): readonly DeclaredEntry[]
  find(list: ChangeableList, id: string): DeclaredEntry | undefined
  /** Keys that are not revoked, as entries without a secret. */
  keys(): Promise<readonly Key[]>
  /** What the file says, as it was read last. */
  readonly file: Settings
  /**
   * The settings with everything that was changed, of the file or of a later reading of it; throws
   * `config_invalid`, with what mends it, where they contradict.
   */
  settings(file?: Settings): Settings
  /** Entries that were changed by a version that judged less strictly: `settings` has others in their place. */
  held(): readonly HeldEntry[]
  /** Goes by a later reading of the file from now on. */
  useFile(file: Settings): void
  /**
   * Makes all of the edits or none. `by` is who wants it. Fails with `store_unavailable`, or with
   * `too_large` past the bounds of `store/entries.ts`.
   */
  change(edits: readonly EntryEdit[], by: string): Promise<ChangeResult>
  /** What `change` would make of the edits now; nothing is changed. */
  preview(edits: readonly EntryEdit[]): Promise<ChangeResult>
  /** The last changes, newest first. */
  revisions(): readonly Revision[]
  /** Undoes one change by a new one; 'conflict' where an entry of it was changed since. */
  rollBack(revision: number, by: string): Promise<ChangeResult>
  /** The entries that were changed at run time, by `entryKey`. */
  changedNames(): readonly string[]
  /** Lets the file count again for entries that were changed at run time, by `entryKey`. */
  drop(names: readonly string[], by: string): Promise<ChangeResult>
  /** Tells of every change, here or elsewhere, once all of it is known here. */
  watch(onChange: () => void): Disposable
}

export interface DeclaredParts {
  /** The file's. */
  readonly settings: Settings
  readonly store: Pick<Store, 'board' | 'keys'>
  readonly clock: Clock
  /** Where this machine has the CSV file of a list, which is judged before it is declared; at its path unless told. */
  readonly placeOf?: ((path: string) => string) | undefined
}

const atItsPath = (path: string) => path

/** What is declared, by the file of this process and the store that it shares with others. */
export function openDeclared(parts: DeclaredParts): Declared {
  const { settings: first, store, clock, placeOf = atItsPath } = parts
  const { board, keys } = store
  const entries = openEntries(board)
  let file = first
  const whole = () => wholeOf(file, entries, board)
  /** What the edits would make of the whole as it is, judged; or why nothing. */
  const judged = async (edits: readonly EntryEdit[]) => {
    const seen = whole()
    const known = new Map((await keys.allKeys()).map((key) => [String(key.id), key]))
    const planned = plan(edits, { seen, known, settings: file, board })
    if ('outcome' in planned) return planned
    const { revision } = seen
    if (planned.changes.length === 0) return { outcome: 'unchanged', revision } as const
    const edited = new Set(planned.changes.map(({ list, id }) => entryKey(list, id)))
    const next = merged(file, planned.changed, edited)
    if (!next.ok) return { outcome: 'invalid', problems: next.problems.map(placed) } as const
    const before = merged(file, seen.changed)
    const problems = newDangling(
      { directory: next.settings.directory, keys: [...planned.keys.values()] },
      {
        directory: (before.ok ? before.settings : file).directory,
        keys: [...known.values()],
      },
    )
    if (problems.length > 0) return { outcome: 'invalid', problems } as const
    const faults = await faultsOfLists(planned.changes, placeOf)
    if (faults.length > 0) return { outcome: 'invalid', problems: faults } as const
    return { ...planned, seen }
  }

  const change = async (edits: readonly EntryEdit[], by: string): Promise<ChangeResult> => {
    for (let tries = 0; tries < triesMax; tries++) {
      const ready = await judged(edits)
      if ('outcome' in ready) return ready
      const { seen, changes, besides } = ready
      const terms = { seenRevision: seen.revision, by, atMs: clock.now() }
      const revision = await entries.commit({ ...terms, changes, besides })
      if (revision !== undefined) return { outcome: 'changed', revision, changes }
    }
    throw new Failure('store_unavailable', 'what is declared changes too quickly')
  }

  return {
    whole,
    entries: (list) => {
      const all = [...whole().entries.values()]
      return list === undefined ? all : all.filter((each) => each.list === list)
    },
    find: (list, id) => whole().entries.get(entryKey(list, id)),
    keys: async () => (await keys.allKeys()).filter(({ status }) => status !== 'revoked'),
    get file() {
      return file
    },
    settings: (read = file) => settingsNow(read, entries),
    held: () => usableOf(changedOf(entries)).held,
    useFile: (read) => {
      file = read
    },
    change,
    preview: async (edits) => {
      const ready = await judged(edits)
      if ('outcome' in ready) return ready
      return { outcome: 'changed', revision: ready.seen.revision, changes: ready.changes }
    },
    revisions: () => entries.history(),
    rollBack: async (revision, by) => {
      const found = entries.history().find((each) => each.revision === revision)
      if (!found) throw new Failure('not_found', `revision ${revision} is not remembered`)
      const edits = undoing(found, whole(), await keys.allKeys())
      return Array.isArray(edits) ? await change(edits, by) : edits
    },
    changedNames: () => [...changedOf(entries).keys()],
    drop: async (names, by) => await change(dropping(names, entries, file), by),
    watch: (onChange) => entries.watch(onChange),
  }
}

/**
 * Settings with everything that was changed, as far as this version can go by it; throws `config_invalid`
 * where they contradict.
 */
export function settingsNow(file: Settings, entries: Pick<Entries, 'all'>): Settings {
  const { changed, held } = usableOf(changedOf(entries))
  if (changed.size === 0) return file
  const result = file.withChanges(changed)
  // Values are set at the start: what is changed at run time is what is declared.
  if (result.ok) {
    const { directory } = result.settings
    return { ...file, directory: { ...directory, tenants: holding(directory.tenants, held) } }
  }
  throw contradiction(file, entries.all(), result.problems)
}

/** The same of what would be changed, in which what is `edited` now has to hold. */
function merged(file: Settings, all: Whole['changed'], edited?: ReadonlySet<string>) {
  const { changed } = usableOf(all, edited)
  return changed.size === 0 ? ({ ok: true, settings: file } as const) : file.withChanges(changed)
}

/** What has the file count again for these entries. */
function dropping(
  names: readonly string[],
  entries: Pick<Entries, 'all'>,
  file: Pick<Settings, 'entries'>,
): EntryEdit[] {
  const changed = new Map(entries.all().map((each) => [entryKey(each.list, each.id), each]))
  return names.map((name) => {
    const found = changed.get(name)
    if (!found) throw new Failure('not_found', `${name} was not changed at run time`)
    const text = file.entries.get(name)
    const entry = text === undefined ? undefined : JSON.parse(text)
    return { list: found.list as ChangeableList, id: found.id, entry }
  })
}

/** What undoes a change, or which entry of it was changed since. */
function undoing(
  { changes }: Revision,
  now: Whole,
  keys: readonly Key[],
): EntryEdit[] | Extract<ChangeResult, { outcome: 'conflict' }> {
  const edits: EntryEdit[] = []
  for (const { list, id, before, after } of changes) {
    const key = list === 'keys' ? keys.find((one) => one.id === id) : undefined
    const declared = list === 'keys' ? undefined : entryNow(now, list, id)
    const current = key ? keyEntry(key) : declared?.entry
    if (entryText(current) !== after) return { outcome: 'conflict', list, id }
    const expected = (key ? keyVersion(key) : declared?.version) ?? 'absent'
    const entry = before === undefined ? undefined : JSON.parse(before)
    edits.push({ list: list as EntryEdit['list'], id, entry, expected })
  }
  return edits
}

function entryNow({ entries }: Whole, list: string, id: string): DeclaredEntry | undefined {
  return entries.get(entryKey(list, id))
}

interface Around extends Pick<DeclaredParts, 'settings'>, Pick<Store, 'board'> {
  readonly seen: Whole
  readonly known: ReadonlyMap<string, Key>
}

interface Planned {
  readonly changed: Map<string, Tree | undefined>
  readonly keys: Map<string, Key>
  readonly changes: EntryChange[]
  readonly besides: NoteEdit[]
}

/** What the edits make of the whole, or why nothing can be made of them. */
function plan(edits: readonly EntryEdit[], around: Around): Planned | ChangeResult {
  const { seen, known } = around
  const [changed, keys] = [new Map(seen.changed), new Map(known)]
  const planned: Planned = { changed, keys, changes: [], besides: [] }
  const problems: EntryProblem[] = []
  for (const edit of edits) {
    const { list, id, entry, expected } = edit
    const key = known.get(id)
    const version = list === 'keys' ? key && keyVersion(key) : entryNow(seen, list, id)?.version
    // A revoked key is shown to nobody as there: who takes it for absent is told what it is.
    const isUnseen = key?.status === 'revoked' && expected === 'absent'
    if (expected !== undefined && !isUnseen && expected !== (version ?? 'absent')) {
      return { outcome: 'conflict', list, id }
    }
    if (entry && entryName(list, entry) !== id) {
      problems.push({ list, id, path: `${list}[${id}]`, reason: 'has another name inside' })
    } else problems.push(...(list === 'keys' ? planKey : planEntry)(edit, planned, around))
  }
  return problems.length > 0 ? { outcome: 'invalid', problems } : planned
}

function planEntry(edit: EntryEdit, planned: Planned, around: Around): readonly EntryProblem[] {
  const { list, id, entry } = edit
  const { settings, seen, board } = around
  const key = entryKey(list, id)
  const before = entryText(entryNow(seen, list, id)?.entry)
  const after = entryText(entry)
  if (before === after) return []
  const fileText = settings.entries.get(key)
  const kept = after === fileText ? 'nothing' : after === undefined ? 'gone' : 'text'
  planned.changes.push({ list, id, before, after, kept })
  if (kept === 'nothing') planned.changed.delete(key)
  else planned.changed.set(key, entry)
  if (list === 'tenants') {
    // The status that it was given at run time has been in what was seen, and is now in the entry.
    const note = board.get(tenantStatusTopic, id)
    planned.besides.push({ topic: tenantStatusTopic, id, text: undefined, seen: { text: note } })
  }
  return []
}

function planKey(edit: EntryEdit, planned: Planned, { known, board }: Around) {
  const { id, entry: wanted } = edit
  const current = known.get(id)
  if (!current && !wanted) return []
  const result = keyEdit(id, { current, wanted, board })
  if (!result.ok) return result.problems
  const before = entryText(current && keyEntry(current))
  const after = entryText(result.entry)
  if (before === after) return []
  planned.changes.push({ list: 'keys', id, before, after, kept: 'elsewhere' })
  planned.besides.push(result.note)
  planned.keys.set(id, result.key)
  return []
}

/**
 * What is wrong with the CSV files of lists that become others. Every gate goes by all that is declared or by none
 * of it: one file amiss would hold all changes up.
 */
async function faultsOfLists(
  changes: readonly EntryChange[],
  placeOf: (path: string) => string,
): Promise<readonly EntryProblem[]> {
  const faults: EntryProblem[] = []
  for (const { list, id, after } of changes) {
    if (after === undefined || faults.length >= faultsMax) continue
    const reasons = await listFaults({ list, entry: JSON.parse(after) }, placeOf)
    faults.push(...reasons.map((reason) => ({ list, id, path: `${list}[${id}].file`, reason })))
  }
  return faults
}

/** Which entry a problem of the whole concerns: `policies[usual].regions`. */
function placed(problem: Problem): EntryProblem {
  const [, list = '', id = ''] = /^([a-zA-Z]+)\[([^\]]*)\]/.exec(problem.path) ?? []
  return { ...problem, list, id }
}
