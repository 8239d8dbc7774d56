import { hash } from 'node:crypto'
import type { AuditEvent, CallDecided, ConfigChanged, StoredEvent } from '../audit/event.ts'
import { Recent } from '../kernel/recent.ts'
import { tagIn } from '../sealing/everybody.ts'
import type { EventOpener } from '../sealing/open-events.ts'
import { singlePlace, tenantOf } from '../sealing/places.ts'
import { callTag } from './call-tag.ts'
import type { IndexFile } from './index-file.ts'
import { idsInSegments, segmentOf } from './segments.ts'

/** Calls in progress whose rows are at hand. */
const callsMax = 50_000

/** An entry of the log, as the index takes it. */
export interface IndexedEntry {
  readonly index: number
  readonly leaf: Uint8Array
  readonly atMs: number
  readonly event: StoredEvent
}

/** How far an index has come. */
export interface Progress {
  /** The first entry that it has not. */
  readonly next: number
  /** SHA-256 of the entry before; undefined where it has none. */
  readonly lastLeaf: Buffer | undefined
}

/** How far the index has come. */
export function progressOf(file: IndexFile): Progress {
  const row = file.statement('SELECT next, last_leaf FROM progress').get()
  const lastLeaf = row?.last_leaf ? Buffer.from(row.last_leaf as Uint8Array) : undefined
  return { next: Number(row?.next ?? 0), lastLeaf }
}

/** What an entry is known again by. */
export function leafHash(leaf: Uint8Array): Buffer {
  return hash('sha256', leaf, 'buffer')
}

/** What a row has from the decision, in the order of the statement. */
type Cells = readonly (string | number | null)[]

/** What came of a call after its decision; what is undefined has not happened. */
interface Happened {
  carrier?: string | undefined
  gateway?: string | undefined
  attempts: number
  ringingAtMs?: number
  answeredAtMs?: number
  ended?: Cells
}

const decidedColumns = `id, call_id, call_tag, at_ms, direction, tenant, key_id, admitted, reason, mode,
  attestation, source_port, source_protocol, trunk, source_box, caller_box, called_box, sip_box,
  caller_hash, called_hash, source_hash, sip_tag, carrier, gateway, attempts, ringing_at_ms,
  answered_at_ms, later`
const decidedCells = 28
const endedColumns = 'ended_at_ms, ended_by, cause, status, duration_ms, cost_micros, currency'
const endedCells = 7
const hashedPlaces = ['caller', 'called', 'source.address'].map((path) =>
  singlePlace('call.decided', path),
)

const insertCall = `INSERT INTO call (${decidedColumns}) VALUES (${marks(decidedCells)})`
const insertEnded = `INSERT INTO call (${decidedColumns}, ${endedColumns})
  VALUES (${marks(decidedCells + endedCells)})`
// In one statement, and without what an index is over: each writes the row anew.
const progress = `gateway = coalesce(?, gateway), attempts = attempts + ?,
  ringing_at_ms = coalesce(ringing_at_ms, ?), answered_at_ms = coalesce(?, answered_at_ms),
  later = later || ?`
const updateCall = `UPDATE call SET ${progress} WHERE id = ?`
const updateEnded = `UPDATE call SET ${progress}, (${endedColumns}) = (${marks(endedCells)})
  WHERE id = ?`
// Mostly it went where it was dialled to.
const updateCarrier = 'UPDATE call SET carrier = ? WHERE id = ? AND carrier IS NOT ?'

const extendSegment = `INSERT INTO segment VALUES (?, ?, ?) ON CONFLICT (number) DO UPDATE
  SET from_ms = min(from_ms, excluded.from_ms), to_ms = max(to_ms, excluded.to_ms)`
// A call to which something happens has mostly begun lately.
const newestOfId = `${idsInSegments('call_tag = ?')} WHERE call_id = ?
  ORDER BY segment.number DESC LIMIT 1`

function marks(count: number): string {
  return Array(count).fill('?').join(', ')
}

/** A call that this step has something of. */
interface Touched {
  readonly id: number
  /** Undefined: its row is in the index already. */
  readonly decided:
    | { readonly atMs: number; readonly carrier: string | undefined; readonly cells: Cells }
    | undefined
  readonly happened: Happened
  /** Entries of it after its decision. */
  readonly later: number[]
}

/** Takes entries of the log into the index, in their order. */
export class IndexWriter {
  readonly #file: IndexFile
  readonly #opener: EventOpener
  /** The row of each call, for what happens to it later. */
  readonly #rows = new Recent<string, number>(callsMax)

  constructor(file: IndexFile, opener: EventOpener) {
    this.#file = file
    this.#opener = opener
  }

  /**
   * Takes entries that follow on what the index has, all or none; false where they do not, because
   * another process has taken them. Keys that were destroyed are not used: whoever destroys one cleans
   * the index after it, and waits for this step to end.
   */
  take(entries: readonly IndexedEntry[]): boolean {
    const [first] = entries
    const last = entries.at(-1)
    if (!first || !last) return true
    return this.#file.transaction(() => {
      if (progressOf(this.#file).next !== first.index) return false
      this.#opener.refresh()
      const touched = new Map<string, Touched>()
      for (const entry of entries) this.#takeOne(entry, touched)
      for (const [callId, call] of touched) {
        this.#write(call)
        // A call that has ended already has nothing more to come.
        if (call.decided && !call.happened.ended) this.#rows.set(callId, call.id)
      }
      this.#extendSegments(touched.values())
      const text = 'UPDATE progress SET next = ?, last_leaf = ?'
      this.#file.statement(text).run(last.index + 1, leafHash(last.leaf))
      return true
    })
  }

  #takeOne({ index, atMs, event: stored }: IndexedEntry, touched: Map<string, Touched>): void {
    const event = stored as unknown as AuditEvent
    if (event.type === 'call.decided') {
      const cells = this.#cells({ index, atMs }, stored, event)
      const { carrierId: carrier, callId } = event
      const decided = { atMs, carrier, cells }
      touched.set(callId, { id: index, decided, happened: { attempts: 0 }, later: [] })
    } else if (event.type === 'config.changed') this.#declared(event)
    else if ('callId' in event) {
      const call = touched.get(event.callId) ?? this.#known(event.callId)
      if (!call) return
      touched.set(event.callId, call)
      call.later.push(index)
      happen(call.happened, atMs, event)
    }
  }

  #cells(
    { index, atMs }: { readonly index: number; readonly atMs: number },
    stored: StoredEvent,
    event: CallDecided,
  ): Cells {
    const { callId, direction = 'outbound', keyId = null, admitted, reason = null } = event
    const { mode = null, attestation = null, source, trunkId = null } = event
    const sipBox = sealedIn(event.sipCallId)
    // Nothing to find it by where it cannot be read.
    const hashes = this.#opener.indexHashes(stored, atMs, hashedPlaces)
    // One list in the order of the columns: lists that are put together cost more than what stands in them.
    // biome-ignore format: a line for each line of the columns
    return [
      index, callId, callTag(callId), atMs, direction, tenantOf(stored), keyId, admitted ? 1 : 0, reason, mode,
      attestation, source.port, source.protocol, trunkId,
      sealedIn(source.address), sealedIn(event.caller), sealedIn(event.called), sipBox,
      ...hashes, sipBox === null ? null : (tagIn(sipBox) ?? null),
    ]
  }

  #write({ id, decided, happened, later }: Touched): void {
    const entries = `${later.join(' ')}${later.length > 0 ? ' ' : ''}`
    const { gateway = null, attempts, ringingAtMs = null, answeredAtMs = null, ended } = happened
    if (decided) {
      const route = [happened.carrier ?? decided.carrier ?? null, gateway, attempts]
      const text = ended ? insertEnded : insertCall
      this.#file
        .statement(text)
        .run(...decided.cells, ...route, ringingAtMs, answeredAtMs, entries, ...(ended ?? []))
      return
    }
    const progress = [gateway, attempts, ringingAtMs, answeredAtMs, entries]
    this.#file.statement(ended ? updateEnded : updateCall).run(...progress, ...(ended ?? []), id)
    if (happened.carrier === undefined) return
    this.#file.statement(updateCarrier).run(happened.carrier, id, happened.carrier)
  }

  /** From when to when calls of a segment were decided: it need not be searched for others. */
  #extendSegments(calls: Iterable<Touched>): void {
    const segments = new Map<number, { from: number; to: number }>()
    for (const { id, decided } of calls) {
      if (!decided) continue
      const { atMs } = decided
      const number = segmentOf(id)
      const known = segments.get(number)
      // The clock may have gone back.
      if (!known) segments.set(number, { from: atMs, to: atMs })
      else if (atMs < known.from) known.from = atMs
      else if (atMs > known.to) known.to = atMs
    }
    for (const [number, { from, to }] of segments) {
      this.#file.statement(extendSegment).run(number, from, to)
    }
  }

  #known(callId: string): Touched | undefined {
    const id = this.#rows.get(callId) ?? this.#rowOf(callId)
    if (id === undefined) return undefined
    return { id, decided: undefined, happened: { attempts: 0 }, later: [] }
  }

  #rowOf(callId: string): number | undefined {
    const row = this.#file.statement(newestOfId).get(callTag(callId), callId)
    if (!row) return undefined
    this.#rows.set(callId, Number(row.id))
    return Number(row.id)
  }

  /** What is declared now, for the next start to tell what has changed. */
  #declared({ subject, id, after }: ConfigChanged): void {
    const text =
      after === undefined
        ? 'DELETE FROM declared WHERE subject = ? AND id = ?'
        : 'INSERT OR REPLACE INTO declared VALUES (?, ?, ?)'
    this.#file.statement(text).run(...[subject, id], ...(after === undefined ? [] : [after]))
  }
}

function sealedIn(value: unknown): string | null {
  return (value as { readonly sealed?: string } | undefined)?.sealed ?? null
}

type Later = Exclude<AuditEvent & { callId: string }, CallDecided>

/** Notes what happened to a call. */
function happen(happened: Happened, atMs: number, event: Later): void {
  if (event.type === 'call.dialled' || event.type === 'call.answered') {
    happened.carrier = event.carrierId ?? happened.carrier
    happened.gateway = event.gatewayId
  }
  if (event.type === 'call.dialled') happened.attempts++
  else if (event.type === 'call.answered') happened.answeredAtMs = atMs
  else if (event.type === 'call.ringing') happened.ringingAtMs ??= atMs
  else if (event.type === 'call.ended') {
    happened.ended = [
      ...[atMs, event.endedBy, event.cause, event.status, event.durationMs],
      ...[event.costMicros ?? null, event.currency ?? null],
    ]
  }
}
