import type { StoredEvent } from '../audit/event.ts'
import { type EntryRange, readEntries } from '../audit/read.ts'
import type { EventOpener, OpenedEvent } from '../sealing/open-events.ts'

/** An entry of the log with its personal values in the clear, as far as they can be read. */
export interface OpenedEntry extends OpenedEvent {
  readonly index: number
  readonly atMs: number
  readonly leaf: Buffer
}

/** The entries of the log in `dir`, oldest first, opened. */
export async function* openedEntries(
  dir: string,
  opener: EventOpener,
  range: EntryRange = {},
): AsyncGenerator<OpenedEntry> {
  for await (const { index, atMs, leaf, event } of readEntries(dir, range)) {
    yield { index, atMs, leaf, ...opener.open(event as unknown as StoredEvent, atMs) }
  }
}
