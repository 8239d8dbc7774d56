import type { PersonalKind } from '../domain/personal.ts'
import { canonicalAddress } from '../kernel/canonical-address.ts'
import { tagOf } from '../sealing/everybody.ts'
import { indexHash } from '../sealing/index-hash.ts'
import type { KeyFile, TreeId } from '../sealing/key-file.ts'
import { type Month, monthOf, monthsLater } from '../sealing/month.ts'
import type { EventOpener } from '../sealing/open-events.ts'
import { callTag } from './call-tag.ts'
import { callInSegment, idsInSegments } from './segments.ts'

/** Which records are wanted; what is left out is any. */
export interface RecordQuery {
  /** Of these tenants alone; undefined: of all, which is the operator's to ask. */
  readonly tenants?: readonly string[] | undefined
  readonly keyId?: string | undefined
  /** E.164: who called or was called. */
  readonly number?: string | undefined
  readonly caller?: string | undefined
  readonly called?: string | undefined
  readonly callId?: string | undefined
  /** The caller's Call-ID. What this gives may be others': whose it is shows only when it is opened. */
  readonly sipCallId?: string | undefined
  /** The address it came from. */
  readonly sourceAddress?: string | undefined
  readonly reason?: string | undefined
  readonly carrierId?: string | undefined
  readonly admitted?: boolean | undefined
  readonly direction?: 'outbound' | 'inbound' | undefined
  /** From this moment on, up to, not including, that. */
  readonly fromMs?: number | undefined
  readonly toMs?: number | undefined
}

/** A condition in SQL, and what stands for its question marks. */
interface Condition {
  readonly text: string
  readonly values: readonly (string | number)[]
}

/** The conditions of a query; numbers as what they are found by, with every key they may have. */
export function conditionsOf(
  query: RecordQuery,
  keys: KeyFile | undefined,
  opener: EventOpener,
): Condition {
  const trees = treesFor(query, keys)
  const hashed = (kind: PersonalKind, text: string) => hashes({ trees, kind, text, opener })
  const { callId, caller, called, number, sourceAddress, sipCallId } = query
  const hasHash = [callId, caller, called, number, sourceAddress, sipCallId].some((each) => each)
  // Few rows bear a hash, which SQLite cannot know: it would take all rows of the tenant instead.
  const by = (column: string) => (hasHash ? `+${column}` : column)
  const all: Condition[] = []
  const equal = (column: string, value: string | number | undefined) => {
    if (value !== undefined) all.push({ text: `${column} = ?`, values: [value] })
  }
  const anyOf = (...found: readonly Found[]) => all.push(oneOfFound(found, query))
  if (callId !== undefined) {
    all.push({ text: `id IN (${idsInSegments('call_tag = ?')})`, values: [callTag(callId)] })
  }
  equal('call_id', callId)
  equal(by('key_id'), query.keyId)
  equal(by('reason'), query.reason)
  equal(by('carrier'), query.carrierId)
  equal('direction', query.direction)
  equal('admitted', query.admitted === undefined ? undefined : Number(query.admitted))
  const [tenant, another] = query.tenants ?? []
  // By equality, rows come from the index in the order of time and a page costs no sorting.
  if (tenant !== undefined && another === undefined) equal(by('tenant'), tenant)
  else if (query.tenants) all.push(oneOf(by('tenant'), JSON.stringify(query.tenants)))
  const callsFrom = (text: string) => ({ by: byCaller, months: hashed('caller', text) })
  const callsTo = (text: string) => ({ by: byCalled, months: hashed('callee', text) })
  if (caller) anyOf(callsFrom(caller))
  if (called) anyOf(callsTo(called))
  if (number) anyOf(callsFrom(number), callsTo(number))
  if (sourceAddress) {
    const found = [...hashed('address', canonicalAddress(sourceAddress)).values()]
    all.push(oneOf('source_hash', JSON.stringify(found.flat())))
  }
  if (sipCallId !== undefined) anyOf({ by: byTag, months: tags(sipCallId, trees, opener) })
  if (query.fromMs !== undefined) all.push({ text: 'at_ms >= ?', values: [query.fromMs] })
  if (query.toMs !== undefined) all.push({ text: 'at_ms < ?', values: [query.toMs] })
  return {
    text: all.map(({ text }) => text).join(' AND ') || 'TRUE',
    values: all.flatMap(({ values }) => values),
  }
}

function oneOf(column: string, values: string): Condition {
  return { text: `${column} IN (SELECT value FROM json_each(?))`, values: [values] }
}

/** What a month's rows are found by, in whichever form the condition takes it. */
type Months = ReadonlyMap<Month, readonly unknown[]>

/** Rows that bear one of these. */
interface Found {
  /** In SQL: as the index over segments has it. */
  readonly by: string
  readonly months: Months
}

const byCaller = 'caller_hash = wanted.value'
const byCalled = 'called_hash = wanted.value'
// In its month alone: the same tag means another text in another.
const byTag = `tenant = wanted.value ->> 0 AND sip_tag = wanted.value ->> 1
  AND +at_ms >= month.value ->> 0 AND +at_ms < month.value ->> 1`

/** Rows that bear any of these: looked for in the segments that have calls of their months. */
function oneOfFound(found: readonly Found[], { fromMs, toMs }: RecordQuery): Condition {
  const ids = found.map(({ by }) => {
    return `SELECT call.id FROM json_each(?) AS month
      CROSS JOIN segment ON from_ms < month.value ->> 1 AND to_ms >= month.value ->> 0
      CROSS JOIN json_each(month.value ->> 2) AS wanted
      CROSS JOIN ${callInSegment} AND ${by}`
  })
  const values = found.map(({ months }) => {
    const wanted = [...months].map(([month, each]) => {
      const [begin = 0, end = 0] = [month, monthsLater(month, 1)].map((of) =>
        Date.parse(`${of}-01`),
      )
      return [Math.max(begin, fromMs ?? begin), Math.min(end, toMs ?? end), each]
    })
    return JSON.stringify(wanted)
  })
  return { text: `id IN (${ids.join(' UNION ALL ')})`, values }
}

/** The tags which the Call-ID has in the tenants and months of these trees. */
function tags(sipCallId: string, trees: readonly TreeId[], opener: EventOpener): Months {
  const months = new Map<Month, Map<string, readonly [string, number]>>()
  for (const { tenant, month } of trees) {
    const ofMonth = months.get(month) ?? new Map()
    months.set(month, ofMonth)
    const key = ofMonth.has(tenant) ? undefined : opener.tagKey(tenant, month)
    if (key) ofMonth.set(tenant, [tenant, tagOf(key, sipCallId)])
  }
  return new Map([...months].map(([month, ofMonth]) => [month, [...ofMonth.values()]]))
}

/** Every tree that a record of the query may be sealed under. */
function treesFor({ tenants, fromMs, toMs }: RecordQuery, keys: KeyFile | undefined): TreeId[] {
  const from: Month = fromMs === undefined ? '' : monthOf(fromMs)
  const to: Month = toMs === undefined ? '9999-12' : monthOf(toMs)
  const wanted = tenants && new Set(tenants)
  return (keys?.list() ?? []).filter(
    ({ tenant, month }) => month >= from && month <= to && (wanted?.has(tenant) ?? true),
  )
}

interface Hashing {
  readonly trees: readonly TreeId[]
  readonly kind: PersonalKind
  readonly text: string
  readonly opener: EventOpener
}

/** What a text is found by in each month. */
function hashes({ trees, kind, text, opener }: Hashing): Months {
  const months = new Map<Month, number[]>()
  for (const id of trees) {
    const tree = id.kind === kind ? opener.tree(id) : undefined
    if (!tree) continue
    const found = months.get(id.month) ?? []
    months.set(id.month, found)
    found.push(indexHash(tree.indexKey, text))
  }
  return months
}
