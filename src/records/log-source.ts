import type { StoredEvent } from '../audit/event.ts'
import { readEntries } from '../audit/read.ts'
import { Failure } from '../kernel/failure.ts'
import type { EntrySource } from './indexer.ts'

/** The entries of the log in `dir`; none while there is no log. */
export function logSource(dir: string): EntrySource {
  return async function* entries(from, to) {
    try {
      for await (const { event, ...entry } of readEntries(dir, { from, to })) {
        yield { ...entry, event: event as unknown as StoredEvent }
      }
    } catch (error) {
      if (!(error instanceof Failure && error.code === 'audit_unavailable')) throw error
    }
  }
}
