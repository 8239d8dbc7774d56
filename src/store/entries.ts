import { canonicalJson } from '../kernel/canonical-json.ts'
import { Failure } from '../kernel/failure.ts'
import { noteCharsMax } from './board-memory.ts'
import type { Board, NoteEdit } from './port.ts'

const topic = 'entry'
const counterTopic = 'entries'
const counterId = 'revision'
const historyTopic = 'entry-history'

/** Of one entry's text: its change, before and after, fits into one note. */
const entryCharsMax = 30_000
/** Entries changed in one step. */
const changesMax = 4_000
/** Of all the texts of one step, before and after. */
const changeCharsMax = 2_000_000
/** Changes that can be looked at and rolled back. */
export const revisionsKept = 30
/** Of who made a change. */
const byCharsMax = 200
const partCharsMax = noteCharsMax - 4_096

/** An entry that was changed at run time, by its list and its name there. */
export interface StoredEntry {
  readonly list: string
  readonly id: string
  /** Canonical JSON in the words of the file; undefined: what the file declares is gone. */
  readonly text: string | undefined
  /** The revision that it was last changed in. */
  readonly revision: number
  /** Wall time. */
  readonly changedAtMs: number
}

/** What an entry was and is, canonical JSON; undefined: not there. */
export interface EntryDifference {
  readonly list: string
  readonly id: string
  readonly before: string | undefined
  readonly after: string | undefined
}

/** One change of one entry. */
export interface EntryChange extends EntryDifference {
  /** What is kept of it: its text, that it is gone, nothing (the file has it so), or it is kept elsewhere. */
  readonly kept: 'text' | 'gone' | 'nothing' | 'elsewhere'
}

/** One change of several entries, as it is remembered. */
export interface Revision {
  readonly revision: number
  /** Wall time. */
  readonly atMs: number
  readonly by: string
  readonly changes: readonly EntryDifference[]
}

/** A change as its writer wants it. */
export interface Commit {
  /** What the writer goes by. */
  readonly seenRevision: number
  readonly by: string
  readonly atMs: number
  readonly changes: readonly EntryChange[]
  /** Notes that are changed in the same step. */
  readonly besides: readonly NoteEdit[]
}

/** Declared entries as they change at run time; every gate holds all of them in memory. */
export interface Entries {
  /** Of the last change that is known here; 0 before the first. */
  readonly revision: number
  all(): readonly StoredEntry[]
  /**
   * Makes a change in one atomic step and answers its revision; undefined, and nothing is changed, where
   * there is a later one than was seen. Fails with `too_large` past the bounds above.
   */
  commit(commit: Commit): Promise<number | undefined>
  /** The last changes, newest first; at most `revisionsKept`. */
  history(): readonly Revision[]
  /** Tells of every change, here or elsewhere, once all of it is known here. */
  watch(onChange: () => void): Disposable
}

/** The entries on a board. */
export function openEntries(board: Board): Entries {
  const revision = () => Number(board.get(counterTopic, counterId) ?? 0)
  return {
    get revision() {
      return revision()
    },
    all: () => [...board.notes(topic)].flatMap(([name, note]) => entryOf(name, note)),
    commit: async (commit) => {
      const next = commit.seenRevision + 1
      check(commit)
      const seen = commit.seenRevision === 0 ? undefined : String(commit.seenRevision)
      const done = await board.change([
        { topic: counterTopic, id: counterId, text: String(next), seen: { text: seen } },
        ...commit.changes.flatMap((change) => noteOf(change, next, commit.atMs)),
        ...historyNotes(board, commit, next),
        ...commit.besides,
      ])
      return done ? next : undefined
    },
    history: () => historyOf(board),
    watch: (onChange) => board.watch(counterTopic, () => onChange()),
  }
}

function entryOf(name: string, note: string): StoredEntry[] {
  const at = name.indexOf('/')
  const { revision, changedAtMs, entry } = JSON.parse(note)
  const text = entry === null ? undefined : canonicalJson(entry)
  return [{ list: name.slice(0, at), id: name.slice(at + 1), text, revision, changedAtMs }]
}

function noteOf(change: EntryChange, revision: number, changedAtMs: number): NoteEdit[] {
  const { list, id, after, kept } = change
  if (kept === 'elsewhere') return []
  const entry = kept === 'text' && after !== undefined ? JSON.parse(after) : null
  const text = kept === 'nothing' ? undefined : JSON.stringify({ revision, changedAtMs, entry })
  return [{ topic, id: `${list}/${id}`, text }]
}

function check({ changes, by }: Commit): void {
  const texts = changes.flatMap(({ before = '', after = '' }) => [before, after])
  const chars = texts.reduce((sum, { length }) => sum + length, 0)
  if (by.length > byCharsMax)
    throw new Failure('too_large', 'the name of who makes the change is too long')
  if (changes.length > changesMax || chars > changeCharsMax) {
    const most = `${changesMax} entries and ${changeCharsMax} characters`
    throw new Failure('too_large', `one change has at most ${most}`)
  }
  if (texts.some(({ length }) => length > entryCharsMax)) {
    throw new Failure('too_large', `an entry has at most ${entryCharsMax} characters`)
  }
}

interface HistoryPart extends Omit<Revision, 'changes'> {
  readonly part: number
  readonly parts: number
  /** List, id, before, after. */
  readonly changes: readonly (readonly [string, string, unknown, unknown])[]
}

/** The change itself, in as many notes as it needs, in place of the one that is forgotten for it. */
function historyNotes(board: Board, { atMs, by, changes }: Commit, revision: number): NoteEdit[] {
  const slot = revision % revisionsKept
  const parts: HistoryPart['changes'][number][][] = [[]]
  let chars = 0
  for (const { list, id, before, after } of changes) {
    const size = (before?.length ?? 4) + (after?.length ?? 4) + id.length + 64
    if (chars + size > partCharsMax && chars > 0) {
      parts.push([])
      chars = 0
    }
    chars += size
    parts.at(-1)?.push([list, id, parsedOf(before), parsedOf(after)])
  }
  const fresh = parts.map((part, at): NoteEdit => {
    const note: HistoryPart = { revision, atMs, by, part: at, parts: parts.length, changes: part }
    return { topic: historyTopic, id: `${slot}.${at}`, text: JSON.stringify(note) }
  })
  const names = new Set(fresh.map(({ id }) => id))
  const stale = [...board.notes(historyTopic).keys()]
    .filter((id) => id.startsWith(`${slot}.`) && !names.has(id))
    .map((id): NoteEdit => ({ topic: historyTopic, id, text: undefined }))
  return [...fresh, ...stale]
}

function historyOf(board: Board): Revision[] {
  const notes = [...board.notes(historyTopic).values()].map((text): HistoryPart => JSON.parse(text))
  const found = Map.groupBy(notes, ({ revision }) => revision)
  return [...found.values()]
    .filter((parts) => parts.length === parts[0]?.parts)
    .map((parts): Revision => {
      const [{ revision, atMs, by }] = parts as [HistoryPart]
      parts.sort((one, other) => one.part - other.part)
      return {
        revision,
        atMs,
        by,
        changes: parts.flatMap(({ changes }) => changes.map(difference)),
      }
    })
    .sort((one, other) => other.revision - one.revision)
}

function difference([list, id, before, after]: HistoryPart['changes'][number]): EntryDifference {
  return { list, id, before: textOf(before), after: textOf(after) }
}

function parsedOf(text: string | undefined): unknown {
  return text === undefined ? null : JSON.parse(text)
}

function textOf(value: unknown): string | undefined {
  return value === null ? undefined : canonicalJson(value)
}
