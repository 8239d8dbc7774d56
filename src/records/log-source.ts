import type { StoredEvent } from '../audit/event.ts'
import { readEntries } from '../audit/read.ts'
import { Failure } from '../kernel/failure.ts'
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
      for await (const { index, leaf, atMs, event } of readEntries(dir, { from, to, isUntraced })) {
        yield { index, leaf, atMs, event: event as unknown as StoredEvent }
      }
    } catch (error) {
      if (!(error instanceof Failure && error.code === 'audit_unavailable')) throw error
    }
  }
}
