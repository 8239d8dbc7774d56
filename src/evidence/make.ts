import { AuditFault } from '../audit/fault.ts'
import { openCheckpoint } from '../audit/note/checkpoint.ts'
import type { VerifierKey } from '../audit/note/key.ts'
import { encodeNote, noteBytesMax } from '../audit/note/note.ts'
import { type KnownEntries, type LogEntry, readEntries, readKnown } from '../audit/read.ts'
import { cosignedName, readPlain } from '../audit/storage/files.ts'
import { LogReader } from '../audit/storage/log-reader.ts'
import { hashLeaf } from '../audit/tree/merkle.ts'
import { inclusionSpans, rootFromInclusion } from '../audit/tree/proof.ts'
import { readCheckpoint, readKey } from '../audit/verify.ts'
import { Failure } from '../kernel/failure.ts'
import type { EventOpener } from '../sealing/open-events.ts'
import type { Evidence, OpenedBox, ProvenEvent } from './format.ts'

/** Our id of a call, and where its events stand. */
export interface CallPlace extends KnownEntries {
  readonly callId: string
}

export interface EvidenceOptions {
  /** Our id of the call, or the SIP Call-ID of the caller. */
  readonly callId: string
  /** Opens what is personal, as far as its keys are still there. */
  readonly opener?: EventOpener | undefined
  /** Where it is, where that is known; else all entries are looked at. */
  readonly place?: CallPlace | undefined
}

/**
 * What convinces a stranger of one call: its events and what proves that the log has them. Throws
 * `not_found` where the log has none, `audit_unavailable` where a checkpoint does not cover all of
 * them yet, an `AuditFault` where the log does not lead to its checkpoint.
 */
export async function makeEvidence(dir: string, options: EvidenceOptions): Promise<Evidence> {
  const key = await readKey(dir)
  const newest = await readCheckpoint(dir, key)
  const { place } = options
  const { callId, entries } = await (place ? entriesAt(dir, place) : entriesOf(dir, options))
  const last = entries.at(-1)
  if (!last) throw new Failure('not_found', `no event of ${options.callId} is in ${dir}`)
  if (last.index >= newest.size) {
    const why = `no checkpoint covers the last event of the call yet: a running gate signs one within \
a second, a killed one when it starts again`
    throw new Failure('audit_unavailable', why)
  }
  const checkpoint = (await cosigned(dir, key, last.index)) ?? newest
  const reader = new LogReader(dir)
  const events: ProvenEvent[] = []
  for (const entry of entries) {
    const proof = await proofOf(reader, entry, checkpoint)
    events.push({ ...proof, opened: openedIn(entry, options.opener) })
  }
  const { text, signatures } = checkpoint.note
  const note = encodeNote(
    text,
    signatures.map(({ line }) => line),
  )
  return { callId, verifierKey: key.text, checkpoint: note.toString(), events }
}

/** The newest checkpoint that a witness has cosigned, where it covers the entry. */
async function cosigned(dir: string, key: VerifierKey, index: number) {
  const bytes = await readPlain(dir, cosignedName, noteBytesMax)
  const checkpoint = bytes && openCheckpoint(bytes, key)
  if (!checkpoint || typeof checkpoint === 'string') return undefined
  return checkpoint.size > index ? checkpoint : undefined
}

/**
 * The events of the call of our id, or where there is none of the last that came with this Call-ID: callers
 * choose it, and one that is another call's id must not stand in its place.
 */
async function entriesOf(
  dir: string,
  { callId, opener }: EvidenceOptions,
): Promise<{ callId: string; entries: LogEntry[] }> {
  let id = callId
  let entries: LogEntry[] = []
  for await (const entry of readEntries(dir)) {
    const { event } = entry
    if (!('callId' in event)) continue
    const isAsked = event.callId === callId
    const isFound = id === callId && entries.length > 0
    const isNew = isAsked ? id !== callId : !isFound && sipCallIdOf(entry, opener) === callId
    if (isNew) {
      id = event.callId
      entries = []
    }
    if (event.callId !== id) continue
    entries.push(entry)
  }
  return { callId: id, entries }
}

/** The events of a call whose place is known, and those that have come since. */
async function entriesAt(
  dir: string,
  place: CallPlace,
): Promise<{ callId: string; entries: LogEntry[] }> {
  const entries: LogEntry[] = []
  for await (const entry of readKnown(dir, place)) {
    if ('callId' in entry.event && entry.event.callId === place.callId) entries.push(entry)
  }
  return { callId: place.callId, entries }
}

/** What the caller's Call-ID was, be it sealed or not. */
function sipCallIdOf({ event, atMs }: LogEntry, opener: EventOpener | undefined): unknown {
  if (event.type !== 'call.decided') return undefined
  if (typeof event.sipCallId === 'string' || !opener) return event.sipCallId
  const opened = opener.open(event as never, atMs).event
  return 'sipCallId' in opened ? opened.sipCallId : undefined
}

async function proofOf(
  reader: LogReader,
  { index, leaf }: LogEntry,
  { size, root }: { readonly size: number; readonly root: Buffer },
) {
  const proof: Buffer[] = []
  for (const span of inclusionSpans(index, size)) proof.push(await reader.spanHash(span, size))
  const found = rootFromInclusion({ index, size, leafHash: hashLeaf(leaf), proof })
  if (!found?.equals(root)) throw new AuditFault('checkpoint', index, 'root_differs')
  return { index, leaf, proof }
}

function openedIn({ event, atMs }: LogEntry, opener: EventOpener | undefined): OpenedBox[] {
  const values = opener?.values(event as never, atMs) ?? []
  return values.flatMap(({ path, kind, sealed, state, boxKey }) =>
    state === 'open' && boxKey ? [{ path, as: kind ?? 'everybody', sealed, key: boxKey }] : [],
  )
}
