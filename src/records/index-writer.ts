import { hash } from 'node:crypto'
import type {
  AuditEvent,
  CallDecided,
  CallEnded,
  ConfigChanged,
  StoredEvent,
} from '../audit/event.ts'
import { Recent } from '../kernel/recent.ts'
import { indexHash } from '../sealing/index-hash.ts'
import { monthOf } from '../sealing/month.ts'
import type { EventOpener, OpenedValue } from '../sealing/open-events.ts'
import { tenantOf } from '../sealing/places.ts'
import type { IndexFile } from './index-file.ts'

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

const insertCall = `
  INSERT INTO call (
    id, call_id, at_ms, direction, tenant, key_id, admitted, reason, mode, attestation,
    source_port, source_protocol, source_box, caller_box, called_box, sip_box,
    source_hash, caller_hash, called_hash, sip_hash, carrier, trunk
  ) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`

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
      for (const entry of entries) this.#takeOne(entry)
      const text = 'UPDATE progress SET next = ?, last_leaf = ?'
      this.#file.statement(text).run(last.index + 1, leafHash(last.leaf))
      return true
    })
  }

  #takeOne({ index, atMs, event: stored }: IndexedEntry): void {
    const event = stored as unknown as AuditEvent
    if (event.type === 'call.decided') this.#decided({ index, atMs }, stored, event)
    else if (event.type === 'config.changed') this.#declared(event)
    else if ('callId' in event) this.#happened(atMs, event)
  }

  #happened(atMs: number, event: Exclude<AuditEvent & { callId: string }, CallDecided>): void {
    const { callId, type } = event
    if (type === 'call.dialled') {
      const { carrierId, gatewayId } = event
      const change = 'carrier = coalesce(?, carrier), gateway = ?, attempts = attempts + 1'
      this.#update(callId, change, carrierId ?? null, gatewayId)
    } else if (type === 'call.ringing') {
      this.#update(callId, 'ringing_at_ms = coalesce(ringing_at_ms, ?)', atMs)
    } else if (type === 'call.answered') {
      const { carrierId, gatewayId } = event
      this.#update(
        callId,
        'answered_at_ms = ?, carrier = coalesce(?, carrier), gateway = ?',
        atMs,
        carrierId ?? null,
        gatewayId,
      )
    } else if (type === 'call.ended') this.#ended(atMs, event)
  }

  #decided(
    { index, atMs }: { readonly index: number; readonly atMs: number },
    stored: StoredEvent,
    event: CallDecided,
  ): void {
    const values = this.#opener.values(stored, atMs)
    const [source, caller, called, sip] = ['source.address', 'caller', 'called', 'sipCallId'].map(
      (wanted) => values.find(({ path }) => path === wanted),
    )
    const tenant = tenantOf(stored)
    const hashOf = (value: OpenedValue | undefined) => this.#hash(value, tenant, atMs)
    this.#file
      .statement(insertCall)
      .run(
        ...[index, event.callId, atMs, event.direction ?? 'outbound', tenant],
        ...[event.keyId ?? null, event.admitted ? 1 : 0, event.reason ?? null],
        ...[event.mode ?? null, event.attestation ?? null],
        ...[event.source.port, event.source.protocol],
        ...[source, caller, called, sip].map((value) => value?.sealed ?? null),
        ...[source, caller, called, sip].map(hashOf),
        ...[event.carrierId ?? null, event.trunkId ?? null],
      )
    this.#rows.set(event.callId, index)
  }

  /** Nothing to find it by where it cannot be read. */
  #hash(value: OpenedValue | undefined, tenant: string, atMs: number): Buffer | null {
    if (value?.text === undefined) return null
    const kind = value.kind ?? 'address'
    const tree = this.#opener.tree({ tenant, month: monthOf(atMs), kind })
    return tree ? indexHash(tree.indexKey, value.text) : null
  }

  #ended(atMs: number, event: CallEnded): void {
    this.#update(
      event.callId,
      'ended_at_ms=?, ended_by=?, cause=?, status=?, duration_ms=?, cost_micros=?, currency=?',
      ...[atMs, event.endedBy, event.cause, event.status, event.durationMs],
      ...[event.costMicros ?? null, event.currency ?? null],
    )
  }

  #update(callId: string, change: string, ...values: (string | number | null)[]): void {
    const row = this.#rows.get(callId) ?? this.#rowOf(callId)
    if (row === undefined) return
    this.#file.statement(`UPDATE call SET ${change} WHERE id = ?`).run(...values, row)
  }

  #rowOf(callId: string): number | undefined {
    const row = this.#file.statement('SELECT id FROM call WHERE call_id = ?').get(callId)
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
