import type { CallDecided, StoredEvent } from '../audit/event.ts'
import { Failure } from '../kernel/failure.ts'
import type { EventOpener } from '../sealing/open-events.ts'

/** One call or one refusal, from its events. Moments are wall time. */
export interface CallRecord {
  /** Of the decision in the log. */
  readonly index: number
  readonly callId: string
  readonly atMs: number
  readonly direction: 'outbound' | 'inbound'
  readonly tenantId: string | undefined
  readonly keyId: string | undefined
  readonly admitted: boolean
  readonly reason: string | undefined
  readonly mode: 'live' | 'test' | undefined
  /** Personal values are `erased` where their key is gone, undefined where there was none. */
  readonly caller: string | undefined
  readonly called: string | undefined
  readonly sourceAddress: string | undefined
  readonly sourcePort: number
  readonly sourceProtocol: string
  readonly sipCallId: string | undefined
  readonly attestation: string | undefined
  /** It went out by, or brought it. */
  readonly carrierId: string | undefined
  /** Of a call that came in: whose trunk it was for. */
  readonly trunkId: string | undefined
  readonly gatewayId: string | undefined
  readonly attempts: number
  readonly ringingAtMs: number | undefined
  readonly answeredAtMs: number | undefined
  readonly endedAtMs: number | undefined
  readonly endedBy: string | undefined
  readonly cause: string | undefined
  readonly status: number | undefined
  readonly durationMs: number | undefined
  readonly costMicros: number | undefined
  readonly currency: string | undefined
  /** Entries of the log that tell what came of it. */
  readonly later: readonly number[]
}

/** A row of the index, personal values sealed. */
export type Row = Readonly<Record<string, unknown>>

/** The sealed values of a row, as they stood in the log. */
function sealedOf(row: Row): StoredEvent {
  const box = (name: string) => (row[name] === null ? undefined : { sealed: row[name] })
  return {
    type: 'call.decided',
    tenantId: row.tenant === '' ? undefined : row.tenant,
    source: { address: box('source_box') },
    caller: box('caller_box'),
    called: box('called_box'),
    sipCallId: box('sip_box'),
  }
}

/** Whether what a row has sealed does not open, though nobody has erased it. */
export function isUnreadable(row: Row, opener: EventOpener): boolean {
  const atMs = momentOf(row)
  return atMs !== undefined && opener.open(sealedOf(row), atMs).damaged.length > 0
}

/** When it was decided; undefined where that is no moment. */
function momentOf(row: Row): number | undefined {
  const atMs = Number(row.at_ms)
  return Number.isNaN(new Date(atMs).getTime()) ? undefined : atMs
}

/** The record of a row, with what can still be read of it. */
export function recordOf(row: Row, opener: EventOpener): CallRecord {
  const atMs = momentOf(row)
  if (atMs === undefined) {
    throw new Failure('audit_unavailable', 'the index is damaged: make it anew (audit reindex)')
  }
  const event = opener.open(sealedOf(row), atMs).event as CallDecided
  return {
    index: Number(row.id),
    callId: String(row.call_id),
    atMs,
    direction: row.direction as CallRecord['direction'],
    tenantId: event.tenantId,
    keyId: text(row.key_id),
    admitted: row.admitted === 1,
    reason: text(row.reason),
    mode: text(row.mode) as CallRecord['mode'],
    caller: event.caller,
    called: event.called,
    sourceAddress: event.source.address,
    sourcePort: Number(row.source_port),
    sourceProtocol: String(row.source_protocol),
    sipCallId: event.sipCallId,
    attestation: text(row.attestation),
    carrierId: text(row.carrier),
    trunkId: text(row.trunk),
    gatewayId: text(row.gateway),
    attempts: Number(row.attempts),
    ringingAtMs: number(row.ringing_at_ms),
    answeredAtMs: number(row.answered_at_ms),
    endedAtMs: number(row.ended_at_ms),
    endedBy: text(row.ended_by),
    cause: text(row.cause),
    status: number(row.status),
    durationMs: number(row.duration_ms),
    costMicros: number(row.cost_micros),
    currency: text(row.currency),
    later: String(row.later).split(' ').slice(0, -1).map(Number),
  }
}

function text(value: unknown): string | undefined {
  return value === null ? undefined : String(value)
}

function number(value: unknown): number | undefined {
  return value === null ? undefined : Number(value)
}
