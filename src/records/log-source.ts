import { readBundles } from '../audit/read.ts'
import { Failure } from '../kernel/failure.ts'
import type { IndexedEntry } from './index-writer.ts'
import type { EntrySource } from './indexer.ts'

/** The entries of the log in `dir`; none while there is no log. */
export function logSource(dir: string): EntrySource {
  return sourceOf(dir, false)
}

/** The same as an index needs them: without the traces of decisions. */
export function indexSource(dir: string): EntrySource {
  return sourceOf(dir, true)
}

function sourceOf(dir: string, isUntraced: boolean): EntrySource {
  return async function* entries(from, to) {
    try {
      const bundles: AsyncIterable<unknown> = readBundles(dir, { from, to, isUntraced })
      // As they are stored: nothing in them is opened.
      yield* bundles as AsyncIterable<IndexedEntry[]>
    } catch (error) {
      if (!(error instanceof Failure && error.code === 'audit_unavailable')) throw error
    }
  }
}
