import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAuditLog } from '../src/audit/append.ts'
import type { AuditEvent, CallDecided } from '../src/audit/event.ts'
import { verifyLog } from '../src/audit/verify.ts'
import type { CallId } from '../src/domain/attempt.ts'
import { makeEvidence } from '../src/evidence/make.ts'
import { type Clock, systemClock } from '../src/kernel/clock.ts'
import { silentLogger } from '../src/kernel/logger.ts'
import { systemRandom } from '../src/kernel/random.ts'
import { CallRecords } from '../src/records/call-records.ts'
import { exportLines } from '../src/records/export.ts'
import { Indexer } from '../src/records/indexer.ts'
import { logSource } from '../src/records/log-source.ts'
import { placesOfCall } from '../src/records/place-of-call.ts'
import { forgetInIndex } from '../src/records/retention.ts'
import { eraseSubject } from '../src/sealing/erase.ts'
import { KeyFile } from '../src/sealing/key-file.ts'
import { EventOpener } from '../src/sealing/open-events.ts'
import { createSealing } from '../src/sealing/seal-events.ts'

// What the work over a whole log takes: verifying, indexing, evidence, export, erasing. The log is
// written for it, five events a call, sealed as a gate seals them. Run: node bench/long-log.ts [calls]

const [given = '200000'] = process.argv.slice(2)
const calls = Number(given)
const tenants = 20
const months = 3
const batchCalls = 1_000
const sampleMs = 20

const folder = mkdtempSync(join(tmpdir(), 'tollgate-bench-'))
const dir = join(folder, 'audit')
const random = systemRandom()
const startMs = Date.UTC(2026, 0, 1)
const stepMs = (months * 28 * 86_400_000) / calls
let nowMs = startMs
const clock: Clock = { ...systemClock(), now: () => Math.floor(nowMs) }
const keys = new KeyFile({ path: join(folder, 'keys.sqlite'), masterKey: undefined, random })

const callerOf = (nth: number) => `+1212555${String(nth % 1_000).padStart(4, '0')}`
const calledOf = (nth: number) => `+1415${String(2_000_000 + (nth % 1_000_003))}`
const sipCallIdOf = (nth: number) => `call-${nth}@pbx.example`

function eventsOf(nth: number): AuditEvent[] {
  const callId = random.hex(16) as CallId
  const [caller, called, address] = [callerOf(nth), calledOf(nth), `192.0.2.${nth % 100}`]
  const at = { carrierId: `c${nth % 5}`, gatewayId: 'g1' }
  const step = (check: string, figures: CallDecided['trace'][number]['figures']) => {
    return { check, passed: true, figures }
  }
  const decided: CallDecided = {
    type: 'call.decided',
    direction: 'outbound',
    callId,
    sipCallId: sipCallIdOf(nth),
    source: { address, port: 5060, protocol: 'udp' },
    admitted: true,
    keyId: `k${nth % 200}`,
    tenantId: `t${nth % tenants}`,
    caller,
    called,
    attestation: 'A',
    mode: 'live',
    trace: [
      step('key_proof', { kind: 'header', keyId: `k${nth % 200}` }),
      step('source_address', { address, ranges: 2 }),
      step('called_number', { e164: called, region: 'US', type: 'FIXED_LINE_OR_MOBILE' }),
      step('caller_id', { header: 'From', e164: caller, owned: true }),
      step('consent', { needed: true, source: '47 CFR 64.1200', consentId: 'c1', how: 'form' }),
      step('take_limits', { claims: 6 }),
    ],
  }
  return [
    decided,
    { type: 'call.dialled', callId, ...at, attempt: 1 },
    { type: 'call.ringing', callId, gatewayId: 'g1', status: 180 },
    { type: 'call.answered', callId, ...at },
    {
      type: 'call.ended',
      callId,
      endedBy: 'caller',
      cause: 'bye',
      status: 200,
      durationMs: 61_000,
    },
  ]
}

const rows: Record<string, { s: number; 'CPU s': number; 'MB at most': number }> = {}

/** Runs it, and notes how long it took and how much memory the process had at most. */
async function timed<Result>(what: string, run: () => Promise<Result>): Promise<Result> {
  let most = process.memoryUsage.rss()
  const look = () => {
    most = Math.max(most, process.memoryUsage.rss())
  }
  const timer = setInterval(look, sampleMs)
  const beganMs = performance.now()
  const before = process.cpuUsage()
  const result = await run()
  const { user, system } = process.cpuUsage(before)
  const s = Math.round(performance.now() - beganMs) / 1000
  clearInterval(timer)
  look()
  rows[what] = {
    s,
    'CPU s': Math.round((user + system) / 1000) / 1000,
    'MB at most': Math.round(most / 1e6),
  }
  return result
}

await timed('writing it', async () => {
  const prepare = createSealing({ keys, clock, random })
  const settings = {
    sync: false,
    spacingMs: 0,
    gatherMs: 0,
    unawaitedMs: 0,
    waitingRecordsMax: 100_000,
  }
  const around = { dir, clock, random, logger: silentLogger, prepare }
  const bounds = { waitingBytesMax: 1e9, stallTimeoutMs: 600_000 }
  await using log = await openAuditLog({ ...around, settings: { ...settings, ...bounds } })
  for (let nth = 0; nth < calls; nth += batchCalls) {
    const done: Promise<void>[] = []
    for (let at = nth; at < Math.min(calls, nth + batchCalls); at++) {
      nowMs += stepMs
      for (const event of eventsOf(at)) done.push(log.append(event))
    }
    await Promise.all(done)
  }
})
const verified = await timed('verify', () => verifyLog(dir))
const indexer = new Indexer({
  path: join(folder, 'index.sqlite'),
  source: logSource(dir),
  keys,
  onAnew: () => undefined,
})
await timed('index made anew', () => indexer.catchUp())
const index = indexer.file
if (!index) throw new Error('the index is open')
const opener = new EventOpener(keys)
const evidence = await timed('evidence by Call-ID', async () => {
  const records = new CallRecords(index, keys)
  const id = sipCallIdOf(Math.floor(calls / 3))
  const [place] = await placesOfCall((query, page) => records.search(query, page), id)
  if (!place) throw new Error('the call is on record')
  return await makeEvidence(dir, { callId: id, place, opener })
})
const traced = await timed('traceback', async () => {
  const nth = Math.floor(calls / 2)
  const aroundMs = startMs + nth * stepMs
  const asked = { number: calledOf(nth), aroundMs, withinMs: 86_400_000 }
  return new CallRecords(index, keys).trace(asked)
})
const exported = await timed('export of all records', async () => {
  let lines = 0
  const stream = new CallRecords(index, keys).stream({})
  for await (const _ of exportLines(stream, 'jsonl')) lines++
  return lines
})
const subject = { tenant: 't7', text: callerOf(7) }
const destroyed = await timed('erasing a number', async () => {
  const count = await eraseSubject(keys, logSource(dir)(0), subject)
  forgetInIndex({ keys, index }, subject)
  return count
})
const again = await timed('verify after it', () => verifyLog(dir))

console.table(rows)
console.table({
  'events, calls': `${verified.entries}, ${calls}`,
  'faults before and after erasing': `${verified.fault ?? 'none'}, ${again.fault ?? 'none'}`,
  'events in the evidence': evidence.events.length,
  'calls that the traceback found': traced.length,
  'records exported': exported,
  'keys destroyed': destroyed,
})
indexer[Symbol.dispose]()
keys[Symbol.dispose]()
rmSync(folder, { recursive: true, force: true })
