import { Failure } from '../kernel/failure.ts'
import {
  type Expired,
  expireMonths,
  lastExpired,
  monthsOver,
  type RetentionOf,
} from '../sealing/expire.ts'
import { indexHash } from '../sealing/index-hash.ts'
import type { KeyFile } from '../sealing/key-file.ts'
import { monthsLater } from '../sealing/month.ts'
import type { IndexFile } from './index-file.ts'
import { idsInSegments } from './segments.ts'

/** Rows that go in one step: others who write wait for no more. */
const rowsPerStep = 5_000

/** What is gone now: personal data of a kind, or the records of a tenant. */
export interface Gone {
  readonly tenant: string
  readonly kind: Expired['kind'] | 'records'
  readonly throughMonth: string
}

interface Files {
  readonly keys: KeyFile
  readonly index: IndexFile | undefined
}

/**
 * Ends what has had its time at that moment: keys of months, and records; `overwrite` has to follow. What is
 * gone is gone for good: whoever asks must believe the moment.
 */
export function applyRetention(
  { keys, index }: Files,
  retention: RetentionOf,
  nowMs: number,
): Gone[] {
  const expired = expireMonths(keys, retention, nowMs)
  return [...expired, ...(index ? deleteRecords(index, retention, nowMs) : [])]
}

/** A moment, and why it is not believed. */
export interface Moment {
  readonly nowMs: number
  readonly isDoubted: boolean
}

/**
 * Ends what has had its time, and remembers the moment; where that is doubted, ends no more than by the last
 * one that was believed. Says whether something stays that would have ended by the doubted one.
 */
export function retainBy(
  files: Files,
  retention: RetentionOf,
  { nowMs, isDoubted }: Moment,
): { readonly gone: readonly Gone[]; readonly isPostponed: boolean } {
  const { keys } = files
  const believed = isDoubted ? keys.believedMs() : nowMs
  const gone =
    believed === undefined ? [] : applyRetention(files, retention, Math.min(believed, nowMs))
  if (!isDoubted) keys.believe(nowMs)
  return { gone, isPostponed: isDoubted && isAnythingOver(files, retention, nowMs) }
}

function isAnythingOver({ keys, index }: Files, retention: RetentionOf, nowMs: number): boolean {
  if (monthsOver(keys, retention, nowMs).length > 0) return true
  if (!index) return false
  const any = index.statement('SELECT 1 FROM call WHERE tenant = ? AND at_ms < ? LIMIT 1')
  return endsOfRecords(index, retention, nowMs).some(({ tenant, beforeMs }) =>
    Boolean(any.get(tenant, beforeMs)),
  )
}

/**
 * The moment that was believed last, or of the newest record where none was; where there is neither, this
 * one, if nothing is lost by it; else undefined.
 */
export function believedMs(
  files: Files,
  retention: RetentionOf,
  nowMs: number,
): number | undefined {
  const { keys, index } = files
  const believed = keys.believedMs()
  if (believed !== undefined) return believed
  const newest = index?.statement('SELECT max(at_ms) AS at FROM call').get()?.at
  if (newest !== null && newest !== undefined) return Number(newest)
  return isAnythingOver(files, retention, nowMs) ? undefined : nowMs
}

function deleteRecords(index: IndexFile, retention: RetentionOf, nowMs: number): Gone[] {
  return endsOfRecords(index, retention, nowMs).flatMap(({ tenant, throughMonth, beforeMs }) =>
    deleteBefore(index, tenant, beforeMs) > 0 ? [{ tenant, kind: 'records', throughMonth }] : [],
  )
}

/** Of each tenant in the index, which of its records are over. */
function endsOfRecords(index: IndexFile, retention: RetentionOf, nowMs: number) {
  const rows = index.statement('SELECT DISTINCT tenant FROM call').all()
  return rows.map(({ tenant: name }) => {
    const tenant = String(name)
    const throughMonth = lastExpired(nowMs, retention(tenant).recordMonths)
    const beforeMs = Date.parse(`${monthsLater(throughMonth, 1)}-01T00:00:00Z`)
    return { tenant, throughMonth, beforeMs }
  })
}

function deleteBefore(index: IndexFile, tenant: string, beforeMs: number): number {
  const text = `DELETE FROM call WHERE id IN (
    SELECT id FROM call WHERE tenant = ? AND at_ms < ? LIMIT ${rowsPerStep})`
  let deleted = 0
  for (;;) {
    const { changes } = index.statement(text).run(tenant, beforeMs)
    deleted += Number(changes)
    if (Number(changes) < rowsPerStep) return deleted
  }
}

/**
 * Has what was destroyed or deleted stand in no file any more. Throws `audit_unavailable` while another
 * process reads there: it is done when that has ended and this is asked once more.
 */
export function overwrite({ keys, index }: Files): void {
  keys.overwrite()
  if (!index || index.scrub()) return
  const message = 'the index is in use: what was erased is not overwritten in it yet'
  throw new Failure('audit_unavailable', message)
}

/**
 * Lets a number or address of a tenant be found in the index no longer; how many records it was in. Its
 * keys must be destroyed before: what is indexed from then on has nothing of it. `overwrite` has to follow.
 */
export function forgetInIndex(
  { keys, index }: { readonly keys: KeyFile; readonly index: IndexFile },
  { tenant, text }: { readonly tenant: string; readonly text: string },
): number {
  const columns = { caller: 'caller_hash', callee: 'called_hash', address: 'source_hash' } as const
  let records = 0
  index.transaction(() => {
    for (const id of keys.list()) {
      const { kind } = id
      if (id.tenant !== tenant || kind === 'actor') continue
      const tree = keys.tree(id)
      if (!tree) continue
      const column = columns[kind]
      const equal = `${column} = ?`
      const found = column === 'source_hash' ? equal : `id IN (${idsInSegments(equal)})`
      const sql = `UPDATE call SET ${column} = NULL WHERE ${found}`
      records += Number(index.statement(sql).run(indexHash(tree.indexKey, text)).changes)
    }
  })
  return records
}
