import { join } from 'node:path'
import type { AuditEvent, StoredEvent } from '../../src/audit/event.ts'
import type { CallId } from '../../src/domain/attempt.ts'
import { canonicalJson } from '../../src/kernel/canonical-json.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { CallRecords } from '../../src/records/call-records.ts'
import type { IndexedEntry } from '../../src/records/index-writer.ts'
import { type EntrySource, Indexer } from '../../src/records/indexer.ts'
import { KeyFile } from '../../src/sealing/key-file.ts'
import { createSealing } from '../../src/sealing/seal-events.ts'
import { temporaryDirectory } from '../audit/support.ts'
import { callFrom, january, masterKey } from '../sealing/support.ts'
import { FakeClock } from '../support/fake-clock.ts'

/** A log in memory, sealed with keys in a file, and an index behind it. */
export function recordsOffice() {
  const stack = new DisposableStack()
  const { path: dir } = stack.use(temporaryDirectory())
  const random = systemRandom()
  const openKeys = () =>
    stack.use(new KeyFile({ path: join(dir, 'keys.sqlite'), masterKey, random }))
  const keys = openKeys()
  const clock = new FakeClock(january)
  const seal = createSealing({ keys, clock, random })
  const log: IndexedEntry[] = []
  const anew: string[] = []
  const source: EntrySource = async function* entries(from, to = log.length) {
    yield log.slice(from, to)
  }
  const path = join(dir, 'index.sqlite')
  const indexer = (indexPath = path) =>
    stack.use(
      new Indexer({
        path: indexPath,
        source,
        keys: openKeys(),
        onAnew: (why) => anew.push(why),
      }),
    )
  return {
    dir,
    path,
    keys,
    clock,
    log,
    anew,
    indexer,
    openKeys,
    source,
    write(events: readonly AuditEvent[], firstAtMs = clock.now()) {
      for (const [nth, event] of events.entries()) {
        const atMs = firstAtMs + nth * 1000
        const leaf = Buffer.from(canonicalJson({ atMs, event: seal(event, atMs), v: 2 }))
        const stored = JSON.parse(leaf.toString()).event as StoredEvent
        log.push({ index: log.length, leaf, atMs, event: stored })
        clock.advance(1000)
      }
    },
    records(of: Indexer) {
      if (!of.file) throw new Error('nothing is indexed')
      return new CallRecords(of.file, openKeys())
    },
    [Symbol.dispose]: () => stack.dispose(),
  }
}

let count = 0

/** All events of a call that was answered. */
export function answeredCall(caller: string, called: string, more = {}): AuditEvent[] {
  const callId = `call-${count++}` as CallId
  const gateway = { carrierId: 'carrier-1', gatewayId: 'gw-1' }
  return [
    callFrom(caller, called, { callId, ...more }),
    { type: 'call.dialled', callId, ...gateway, attempt: 1 },
    { type: 'call.ringing', callId, gatewayId: 'gw-1', status: 180 },
    { type: 'call.answered', callId, ...gateway },
    {
      type: 'call.ended',
      callId,
      endedBy: 'caller',
      cause: 'bye',
      status: 200,
      durationMs: 61_000,
      costMicros: 20_000,
      currency: 'USD',
    },
  ]
}

/** A call that was refused. */
export function refusedCall(caller: string, called: string, more = {}): AuditEvent[] {
  const callId = `call-${count++}` as CallId
  const refusal = { admitted: false, reason: 'rate_exceeded', attestation: undefined } as const
  return [callFrom(caller, called, { callId, ...refusal, mode: undefined, ...more })]
}

/** Everything in an index, but for where a sealed value got its position. */
export function contentOf({ file }: Indexer) {
  const all = (table: string) =>
    file?.database
      .prepare(`SELECT * FROM ${table}`)
      .all()
      .map((row) => ({ ...row }))
  return {
    call: all('call'),
    declared: all('declared'),
    segment: all('segment'),
    progress: all('progress'),
  }
}
