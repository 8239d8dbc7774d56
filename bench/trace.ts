import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemRandom } from '../src/kernel/random.ts'
import { CallRecords } from '../src/records/call-records.ts'
import { callTag } from '../src/records/call-tag.ts'
import { IndexFile } from '../src/records/index-file.ts'
import { sealText } from '../src/sealing/box.ts'
import { indexHash } from '../src/sealing/index-hash.ts'
import { KeyFile, type Tree, type TreeId } from '../src/sealing/key-file.ts'
import { contextOf } from '../src/sealing/places.ts'
import { keyAt } from '../src/sealing/seed-tree.ts'

// How long a traceback takes over the index of ten million events: two million calls of 200 tenants
// in twelve months. The rows are written straight into the index. Run: node bench/trace.ts

const calls = 2_000_000
const tenants = 200
const months = 12
const rounds = 50
const position = '000000000000'

const folder = mkdtempSync(join(tmpdir(), 'tollgate-bench-'))
const random = systemRandom()
const keys = new KeyFile({ path: join(folder, 'keys.sqlite'), masterKey: undefined, random })
const ids: TreeId[] = []
for (let tenant = 0; tenant < tenants; tenant++) {
  for (let month = 1; month <= months; month++) {
    const of = { tenant: `t${tenant}`, month: `2026-${String(month).padStart(2, '0')}` }
    for (const kind of ['caller', 'callee', 'address'] as const) ids.push({ ...of, kind })
  }
}
keys.ensure(ids)
const trees = new Map<string, Tree | undefined>(
  ids.map((id) => [`${id.tenant} ${id.month} ${id.kind}`, keys.tree(id)] as const),
)

const index = new IndexFile(join(folder, 'index.sqlite'))
const names = index.database
  .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
  .all()
for (const { name } of names) index.database.exec(`DROP INDEX ${name}`)
const insert = index.database.prepare(`INSERT INTO call (
  id, call_id, call_tag, at_ms, direction, tenant, key_id, admitted, source_port, source_protocol,
  source_box, caller_box, called_box, caller_hash, called_hash, carrier, gateway)
  VALUES (?, ?, ?, ?, 'outbound', ?, ?, 1, 5060, 'udp', ?, ?, ?, ?, ?, 'c1', 'g1')`)

const boxes = new Map<string, string>()

/** One value sealed once for its month and tenant: what is in a row has no part in finding it. */
function box({ tenant, month, kind }: TreeId, path: string, text: string): string {
  const name = `${tenant} ${month} ${kind}`
  const known = boxes.get(name)
  if (known) return known
  const key = keyAt(trees.get(name)?.seeds ?? new Map(), position)
  if (!key) throw new Error('the tree is whole')
  const context = contextOf('call.decided', path, { tenant, month, as: kind })
  const sealed = sealText(text, { position, key: key.toString('latin1'), context, random })
  boxes.set(name, sealed)
  return sealed
}

/** A number that is called a dozen times in the year by some tenant or other. */
const numberOf = (nth: number) => `+1212${String(nth % 170_003).padStart(7, '0')}`
const momentOf = (nth: number) => Date.UTC(2026, nth % months, 1 + (nth % 27), nth % 24)

function addCall(nth: number): void {
  const atMs = momentOf(nth)
  const month = new Date(atMs).toISOString().slice(0, 7)
  const tenant = `t${(nth * 7) % tenants}`
  const of = { tenant, month }
  const callId = random.hex(16)
  const hash = (kind: TreeId['kind'], text: string) =>
    indexHash(trees.get(`${tenant} ${month} ${kind}`)?.indexKey ?? Buffer.alloc(32), text)
  const [address, caller, called] = ['192.0.2.1', `+1415555${nth % 1000}`, numberOf(nth)]
  insert.run(
    ...[nth * 5, callId, callTag(callId), atMs, tenant, `k${nth % 1000}`],
    box({ ...of, kind: 'address' }, 'source.address', address),
    box({ ...of, kind: 'caller' }, 'caller', caller),
    box({ ...of, kind: 'callee' }, 'called', called),
    ...[hash('caller', caller), hash('callee', called)],
  )
}

const startedMs = performance.now()
for (let nth = 0; nth < calls; ) {
  index.transaction(() => {
    for (const until = nth + 50_000; nth < until; nth++) addCall(nth)
  })
}
for (const { sql } of names) index.database.exec(String(sql))
const builtS = (performance.now() - startedMs) / 1000

const times: number[] = []
let found = 0
for (let round = 0; round < rounds; round++) {
  // A fresh reader each time, as a command is: nothing of the round before is at hand.
  const records = new CallRecords(index, keys)
  const nth = round * 37_337
  const beganMs = performance.now()
  const withinMs = 86_400_000
  found += records.trace({ number: numberOf(nth), aroundMs: momentOf(nth), withinMs }).length
  times.push(performance.now() - beganMs)
}
times.sort((one, other) => one - other)
const ms = (share: number) => Math.round(times[Math.floor(share * (rounds - 1))] ?? 0)
console.table({
  'events, calls': { is: `${calls * 5}, ${calls}` },
  'index, MB': { is: Math.round(statSync(index.path).size / 1e6) },
  'writing it, s': { is: Math.round(builtS) },
  'calls found in each': { is: (found / rounds).toFixed(1) },
  'a traceback, p50 ms': { is: ms(0.5) },
  'a traceback, longest ms': { is: ms(1) },
})
index[Symbol.dispose]()
keys[Symbol.dispose]()
rmSync(folder, { recursive: true, force: true })
