import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AuditEvent, CallDecided, StoredEvent } from '../src/audit/event.ts'
import { decodeUntraced, encodeLeaf } from '../src/audit/leaf.ts'
import type { CallId } from '../src/domain/attempt.ts'
import { systemClock } from '../src/kernel/clock.ts'
import { systemRandom } from '../src/kernel/random.ts'
import { IndexFile } from '../src/records/index-file.ts'
import { type IndexedEntry, IndexWriter } from '../src/records/index-writer.ts'
import { KeyFile } from '../src/sealing/key-file.ts'
import { EventOpener } from '../src/sealing/open-events.ts'
import { createSealing } from '../src/sealing/seal-events.ts'

// What sealing costs a call, and the index behind it: CPU time of the thread that does it. Run:
// node bench/sealing.ts

const calls = 20_000
const rounds = 3
/** What a gate with 200 calls/s has taken when its index comes by. */
const callsPerStep = 1_000

const folder = mkdtempSync(join(tmpdir(), 'tollgate-bench-'))
const clock = systemClock()
const random = systemRandom()
const keys = new KeyFile({ path: join(folder, 'keys.sqlite'), masterKey: undefined, random })
const seal = createSealing({ keys, clock, random })
const atMs = Date.now()

function step(check: string, figures: CallDecided['trace'][number]['figures']) {
  return { check, passed: true, figures }
}

/** A tenant has hundreds of caller IDs, a few PBXs, and calls another number each time. */
function decided(nth: number): CallDecided {
  const caller = `+1212555${String(nth % 300).padStart(4, '0')}`
  const called = `+1415${String(2_000_000 + nth)}`
  const address = `192.0.2.${nth % 5}`
  return {
    type: 'call.decided',
    direction: 'outbound',
    callId: `${random.hex(16)}` as CallId,
    sipCallId: `${random.hex(16)}@192.168.1.${nth % 200}`,
    source: { address, port: 5060, protocol: 'udp' },
    admitted: true,
    keyId: 'k1',
    tenantId: 'acme',
    caller,
    called,
    attestation: 'A',
    mode: 'live',
    trace: [
      step('hops', { maxForwards: 70 }),
      step('presented_key', { keys: 1, authorizations: 0, kind: 'header' }),
      step('key_proof', { kind: 'header', keyId: 'k1' }),
      step('source_address', { address, ranges: 2 }),
      step('emergency', { emergency: false }),
      step('called_number', { e164: called, region: 'US', type: 'FIXED_LINE_OR_MOBILE' }),
      step('destination_region', { region: 'US' }),
      step('destination_type', { type: 'FIXED_LINE_OR_MOBILE' }),
      step('caller_id', { header: 'From', e164: caller, owned: true }),
      step('calling_hours', { zones: 1, zone: 'America/Los_Angeles' }),
      step('do_not_call', { lists: 2 }),
      step('consent', { needed: true, source: '47 CFR 64.1200', consentId: 'c1', how: 'web form' }),
      step('take_limits', { claims: 6 }),
    ],
  }
}

/** Microseconds of CPU for each of so many, the least of several rounds. */
function cpuUs(count: number, run: (nth: number) => void): number {
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) {
    const before = process.threadCpuUsage()
    for (let nth = 0; nth < count; nth++) run(round * count + nth)
    const { user, system } = process.threadCpuUsage(before)
    least = Math.min(least, (user + system) / count)
  }
  return Math.round(least * 10) / 10
}

const made: StoredEvent[] = []
const plain = cpuUs(calls, (nth) => void encodeLeaf(atMs, decided(nth)))
const sealed = cpuUs(calls, (nth) => {
  const stored = seal(decided(nth), atMs)
  encodeLeaf(atMs, stored)
  made[nth] = stored
})
const opener = new EventOpener(keys)
const opened = cpuUs(calls, (nth) => void opener.open(made[nth] as StoredEvent, atMs))

using index = new IndexFile(join(folder, 'index.sqlite'))
const writer = new IndexWriter(index, new EventOpener(keys))
let next = 0
const leaves = (nth: number): Buffer[] => {
  const { callId } = made[nth] as unknown as CallDecided
  const after: AuditEvent[] = [
    { type: 'call.dialled', callId, carrierId: 'c1', gatewayId: 'g1', attempt: 1 },
    { type: 'call.ringing', callId, gatewayId: 'g1', status: 180 },
    { type: 'call.answered', callId, carrierId: 'c1', gatewayId: 'g1' },
    {
      type: 'call.ended',
      callId,
      endedBy: 'caller',
      cause: 'bye',
      status: 200,
      durationMs: 1,
    },
  ]
  return [made[nth] as StoredEvent, ...after].map((event) => encodeLeaf(atMs, event))
}
const log = Array.from({ length: calls }, (_, nth) => leaves(nth)).flat()
const indexed = cpuUs(Math.floor(calls / rounds / callsPerStep), () => {
  const entries = log.slice(next, next + callsPerStep * 5).map((leaf): IndexedEntry => {
    const content = decodeUntraced(leaf)
    if (!content) throw new Error('it was encoded')
    return { index: next++, leaf, atMs, event: content.event as unknown as StoredEvent }
  })
  writer.take(entries)
})

console.table({
  'encoding a decision, not sealed': { us: plain },
  'sealing and encoding it': { us: sealed },
  'so sealing': { us: Math.round((sealed - plain) * 10) / 10 },
  'opening it': { us: opened },
  'five events of a call into the index, in its thread': {
    us: Math.round((10 * indexed) / callsPerStep) / 10,
  },
})
keys[Symbol.dispose]()
rmSync(folder, { recursive: true, force: true })
