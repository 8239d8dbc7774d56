import { Failure } from '../kernel/failure.ts'
import type { Board, NoteEdit } from './port.ts'

/** Past these nothing more is posted. */
export const notesMax = 200_000
export const noteCharsMax = 65_536
/** Notes changed in one step. */
const editsMax = 10_000

/** A note as an adapter keeps it. A note taken down stays as a version without a text. */
export interface Note {
  readonly topic: string
  readonly id: string
  readonly text: string | undefined
  readonly version: number
}

type Watcher = Parameters<Board['watch']>[1]

/** A board whose readers are answered from memory, whatever it is written to. */
export abstract class RememberedBoard {
  protected readonly memory = new BoardMemory()

  get(topic: string, id: string): string | undefined {
    return this.memory.get(topic, id)
  }

  notes(topic: string): ReadonlyMap<string, string> {
    return this.memory.notes(topic)
  }

  watch(topic: string, onChange: Watcher): Disposable {
    return this.memory.watch(topic, onChange)
  }
}

/** What a gate holds of the board, in every adapter the same. */
class BoardMemory {
  readonly #topics = new Map<string, Map<string, string>>()
  readonly #versions = new Map<string, number>()
  readonly #watchers = new Map<string, Set<Watcher>>()
  #version = 0

  /** The newest version that has been taken in. */
  get version(): number {
    return this.#version
  }

  get(topic: string, id: string): string | undefined {
    return this.#topics.get(topic)?.get(id)
  }

  notes(topic: string): ReadonlyMap<string, string> {
    return this.#topicOf(topic)
  }

  watch(topic: string, onChange: Watcher): Disposable {
    const watchers = this.#watchers.get(topic) ?? new Set()
    this.#watchers.set(topic, watchers)
    watchers.add(onChange)
    return { [Symbol.dispose]: () => void watchers.delete(onChange) }
  }

  /** Takes notes in, in the order of their versions, and tells who watches. */
  take(notes: readonly Note[]): void {
    const fresh = notes.filter((note) => {
      this.#version = Math.max(this.#version, note.version)
      return this.#takeIn(note)
    })
    for (const note of fresh) this.#tell(note)
  }

  /** Takes in what was just posted here; there may be older ones that have not come yet. */
  takeOwn(note: Note): void {
    if (this.#takeIn(note)) this.#tell(note)
  }

  /** Throws where the notes may not be changed together. */
  checkAll(edits: readonly NoteEdit[]): void {
    if (edits.length > editsMax) {
      throw new Failure('store_unavailable', `more than ${editsMax} notes at once`)
    }
    for (const { topic, id, text } of edits) this.check(topic, id, text)
  }

  /** Throws where a note may not be posted. */
  check(topic: string, id: string, text: string | undefined): void {
    if (!/^[a-z-]{1,32}$/.test(topic) || !/^[\x21-\x7e]{1,200}$/.test(id)) {
      throw new Error('a note needs a topic and an id of plain characters')
    }
    if (text !== undefined && text.length > noteCharsMax) throw new Error('a note is too long')
    if (this.#versions.size >= notesMax && !this.#versions.has(`${topic} ${id}`)) {
      throw new Failure('store_unavailable', 'too many notes')
    }
  }

  /** Whether it was news. */
  #takeIn({ topic, id, text, version }: Note): boolean {
    const name = `${topic} ${id}`
    if ((this.#versions.get(name) ?? 0) >= version) return false
    this.#versions.set(name, version)
    if (text === undefined) this.#topicOf(topic).delete(id)
    else this.#topicOf(topic).set(id, text)
    return true
  }

  #tell({ topic, id, text }: Note): void {
    for (const watcher of this.#watchers.get(topic) ?? []) watcher(id, text)
  }

  #topicOf(topic: string): Map<string, string> {
    const known = this.#topics.get(topic)
    if (known) return known
    const fresh = new Map<string, string>()
    this.#topics.set(topic, fresh)
    return fresh
  }
}
