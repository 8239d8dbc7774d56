import { isIPv6, SocketAddress } from 'node:net'
import type { PersonalKind } from '../domain/personal.ts'
import { tagOf } from '../sealing/everybody.ts'
import { indexHash } from '../sealing/index-hash.ts'
import type { KeyFile, TreeId } from '../sealing/key-file.ts'
import { type Month, monthOf, monthsLater } from '../sealing/month.ts'
import type { EventOpener } from '../sealing/open-events.ts'
import { callTag } from './call-tag.ts'

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
  const hashed = (kind: 'caller' | 'callee' | 'address', text: string) =>
    hashes({ trees, kind, text, opener })
  const { caller, called, number, sourceAddress, sipCallId } = query
  const hasHash = [caller, called, number, sourceAddress, sipCallId].some((each) => each)
  // Few rows bear a hash, which SQLite cannot know: it would take all rows of the tenant instead.
  const by = (column: string) => (hasHash ? `+${column}` : column)
  const all: Condition[] = []
  const equal = (column: string, value: string | number | undefined) => {
    if (value !== undefined) all.push({ text: `${column} = ?`, values: [value] })
  }
  equal('call_tag', query.callId === undefined ? undefined : callTag(query.callId))
  equal('call_id', query.callId)
  equal(by('key_id'), query.keyId)
  equal(by('reason'), query.reason)
  equal(by('carrier'), query.carrierId)
  equal('direction', query.direction)
  equal('admitted', query.admitted === undefined ? undefined : Number(query.admitted))
  const [tenant, another] = query.tenants ?? []
  // By equality, rows come from the index in the order of time and a page costs no sorting.
  if (tenant !== undefined && another === undefined) equal(by('tenant'), tenant)
  else if (query.tenants) all.push(oneOf(by('tenant'), JSON.stringify(query.tenants)))
  if (caller) all.push(oneOfHashes('caller_hash', hashed('caller', caller)))
  if (called) all.push(oneOfHashes('called_hash', hashed('callee', called)))
  if (sourceAddress) {
    const found = hashed('address', writtenAddress(sourceAddress))
    all.push(oneOfHashes('source_hash', found))
  }
  if (sipCallId !== undefined) all.push(tagged(sipCallId, trees, opener))
  if (number) {
    const byCaller = oneOfHashes('caller_hash', hashed('caller', number))
    const byCalled = oneOfHashes('called_hash', hashed('callee', number))
    const values = [...byCaller.values, ...byCalled.values]
    all.push({ text: `(${byCaller.text} OR ${byCalled.text})`, values })
  }
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

function oneOfHashes(column: string, hashes: readonly number[]): Condition {
  return oneOf(column, JSON.stringify(hashes))
}

/** One spelling for each address: that of the sockets where calls come in. */
export function writtenAddress(address: string): string {
  return isIPv6(address) ? new SocketAddress({ address, family: 'ipv6' }).address : address
}

/** Those that bear the tag which the Call-ID has in the tenant and month of theirs. */
function tagged(sipCallId: string, trees: readonly TreeId[], opener: EventOpener): Condition {
  const months = new Map(
    trees.map(({ tenant, month }) => [`${tenant}\n${month}`, { tenant, month }]),
  )
  const wanted = [...months.values()].flatMap(({ tenant, month }) => {
    const key = opener.tagKey(tenant, month)
    const [fromMs, toMs] = [month, monthsLater(month, 1)].map((each) => Date.parse(`${each}-01`))
    return key ? [[tenant, tagOf(key, sipCallId), fromMs, toMs]] : []
  })
  const text = `id IN (SELECT call.id FROM json_each(?) AS wanted
    JOIN call ON tenant = wanted.value ->> 0 AND sip_tag = wanted.value ->> 1
    WHERE +at_ms >= wanted.value ->> 2 AND +at_ms < wanted.value ->> 3)`
  return { text, values: [JSON.stringify(wanted)] }
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

function hashes({ trees, kind, text, opener }: Hashing): number[] {
  return trees.flatMap((id) => {
    const tree = id.kind === kind ? opener.tree(id) : undefined
    return tree ? [indexHash(tree.indexKey, text)] : []
  })
}
