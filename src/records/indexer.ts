import type { KeyFile } from '../sealing/key-file.ts'
import { EventOpener } from '../sealing/open-events.ts'
import { holdIndex } from './held-index.ts'
import { discardIndex, IndexFile, isDamage } from './index-file.ts'
import {
  type IndexedEntry,
  IndexWriter,
  leafHash,
  type Progress,
  progressOf,
} from './index-writer.ts'

/** Entries that are taken in one step: others wait for it where they write too, some 30 ms. */
export const batchEntries = 6_000

/** The entries of a log from one on, up to its end or, not included, another: as many at once as lie together. */
export type EntrySource = (from: number, to?: number) => AsyncIterable<readonly IndexedEntry[]>

export interface IndexerOptions {
  readonly path: string
  readonly source: EntrySource
  readonly keys: KeyFile | undefined
  /** Hears why the index is made anew: it was not there, damaged, of another log or of an older version. */
  readonly onAnew: (why: string) => void
  /** Whether the index is held for this process: one of another log is else left to the gate that keeps it. */
  readonly isHeld?: boolean | undefined
}

/**
 * Keeps an index behind a log. What it has is never more than the log: a process that dies in between
 * has lost nothing, and the next goes on where the index stands. Several may do it at once.
 */
export class Indexer implements Disposable {
  readonly #options: IndexerOptions
  readonly #opener: EventOpener
  #isToldAnew = false
  #open: { readonly file: IndexFile; readonly writer: IndexWriter } | undefined
  /** The last entry of the index of which it is known that it is of this log. */
  #known: Buffer | undefined

  constructor(options: IndexerOptions) {
    this.#options = options
    this.#opener = new EventOpener(options.keys)
  }

  /** The file as it is open now; undefined before the first `catchUp`. */
  get file(): IndexFile | undefined {
    return this.#open?.file
  }

  /** Takes everything that the log has by now; resolves with how many entries that were. */
  async catchUp(signal?: AbortSignal): Promise<number> {
    try {
      return await this.#catchUp(signal)
    } catch (error) {
      if (!isDamage(error)) throw error
      this.#discard('damaged')
      return await this.#catchUp(signal)
    } finally {
      this.#isToldAnew = false
    }
  }

  /** Makes it anew from the first entry on. */
  async rebuild(signal?: AbortSignal): Promise<number> {
    try {
      const { file } = await this.#opened()
      const [check] = Object.values(file.database.prepare('PRAGMA quick_check(1)').get() ?? {})
      if (check === 'ok') {
        file.empty()
        // Whoever asks for it knows.
        this.#isToldAnew = true
      } else this.#discard('damaged')
    } catch (error) {
      if (!isDamage(error)) throw error
      this.#discard('damaged')
    }
    return await this.catchUp(signal)
  }

  [Symbol.dispose](): void {
    this.#open?.file[Symbol.dispose]()
    this.#open = undefined
  }

  async #catchUp(signal: AbortSignal | undefined): Promise<number> {
    const { file, writer } = await this.#opened()
    const from = progressOf(file).next
    let taken = 0
    let batch: IndexedEntry[] = []
    for await (const entries of this.#options.source(from)) {
      batch.push(...entries)
      if (batch.length < batchEntries) continue
      // Another process was quicker: from where it stands in the next round.
      if (!this.#take(writer, batch)) return taken
      // That of a log which has just begun was not there before.
      if (from + taken === 0) this.#tellAnew('not there')
      taken += batch.length
      batch = []
      if (signal?.aborted) return taken
    }
    return this.#take(writer, batch) ? taken + batch.length : taken
  }

  #take(writer: IndexWriter, batch: readonly IndexedEntry[]): boolean {
    if (!writer.take(batch)) return false
    const last = batch.at(-1)
    if (last) this.#known = leafHash(last.leaf)
    return true
  }

  async #opened() {
    if (this.#open?.file.isReplaced) this[Symbol.dispose]()
    const { file, writer } = this.#open ?? this.#openFile()
    const progress = progressOf(file)
    const isKnown = progress.lastLeaf && this.#known?.equals(progress.lastLeaf)
    // Whoever has another log may have begun it anew in between.
    if (isKnown || (await this.#isOfThisLog(progress))) {
      this.#known = progress.lastLeaf
    } else {
      using _alone = this.#options.isHeld ? undefined : holdIndex(this.#options.path)
      this.#tellAnew('of another log')
      file.empty()
      this.#known = undefined
    }
    return { file, writer }
  }

  #openFile() {
    const file = new IndexFile(this.#options.path)
    this.#open = { file, writer: new IndexWriter(file, this.#opener) }
    const { next, lastLeaf } = progressOf(file)
    if (next === 0 && lastLeaf) this.#tellAnew('of an older version')
    return this.#open
  }

  /** Once for each time: whoever hears of it knows that it begins with the first entry. */
  #tellAnew(why: string): void {
    if (!this.#isToldAnew) this.#options.onAnew(why)
    this.#isToldAnew = true
  }

  async #isOfThisLog({ next, lastLeaf }: Progress): Promise<boolean> {
    if (next === 0) return true
    for await (const [last] of this.#options.source(next - 1, next)) {
      if (last) return lastLeaf?.equals(leafHash(last.leaf)) ?? false
    }
    return false
  }

  #discard(why: string): void {
    this[Symbol.dispose]()
    discardIndex(this.#options.path)
    this.#tellAnew(why)
  }
}
