import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { AuditEvent, CallDecided, StoredEvent } from '../../src/audit/event.ts'
import type { CallId } from '../../src/domain/attempt.ts'
import { canonicalJson } from '../../src/kernel/canonical-json.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { MasterKey } from '../../src/keys/master-key.ts'
import type { LogEntry } from '../../src/sealing/erase.ts'
import { KeyFile } from '../../src/sealing/key-file.ts'
import { EventOpener } from '../../src/sealing/open-events.ts'
import { createSealing } from '../../src/sealing/seal-events.ts'
import { temporaryDirectory } from '../audit/support.ts'
import { FakeClock } from '../support/fake-clock.ts'

export const masterKey = new MasterKey(Buffer.alloc(32, 7))
export const january = Date.UTC(2026, 0, 15, 12)
export const february = Date.UTC(2026, 1, 15, 12)

/** A file of keys in a directory of its own, and events sealed with it. */
export function sealingOffice(master: MasterKey | undefined = masterKey) {
  const stack = new DisposableStack()
  const { path: dir } = stack.use(temporaryDirectory())
  const path = join(dir, 'keys.sqlite')
  const random = systemRandom()
  const open = () => stack.use(new KeyFile({ path, masterKey: master, random }))
  const keys = open()
  const clock = new FakeClock()
  return {
    path,
    keys,
    clock,
    open,
    seal: createSealing({ keys, clock, random }),
    opener: () => new EventOpener(open()),
    bytes: () => bytesBeside(path),
    [Symbol.dispose]: () => stack.dispose(),
  }
}

/** Everything that stands in the file and in those that SQLite keeps beside it. */
function bytesBeside(path: string): Buffer {
  const dir = dirname(path)
  const names = readdirSync(dir).filter((name) => name.startsWith('keys.sqlite'))
  return Buffer.concat(names.map((name) => readFileSync(join(dir, name))))
}

/** A call from one number to another. */
export function callFrom(caller: string, called: string, more: Partial<CallDecided> = {}) {
  const event: CallDecided = {
    type: 'call.decided',
    direction: 'outbound',
    callId: Buffer.from(`${caller} ${called}`).toString('hex') as CallId,
    sipCallId: `c-${called}@192.0.2.9`,
    source: { address: '192.0.2.1', port: 5060, protocol: 'udp' },
    admitted: true,
    keyId: 'k1',
    tenantId: 'acme',
    caller,
    called,
    attestation: 'A',
    mode: 'live',
    trace: [
      { check: 'source_address', passed: true, figures: { address: '192.0.2.1', ranges: 1 } },
      { check: 'called_number', passed: true, figures: { e164: called, region: 'US' } },
      { check: 'caller_id', passed: true, figures: { e164: caller, owned: true } },
    ],
    ...more,
  }
  return event
}

/** As it comes back from a log. */
export function throughLog(stored: StoredEvent): StoredEvent {
  return JSON.parse(canonicalJson(stored))
}

/** These events as a log holds them. */
export async function* entriesOf(
  seal: (event: AuditEvent, atMs: number) => StoredEvent,
  events: readonly { readonly event: AuditEvent; readonly atMs: number }[],
): AsyncGenerator<LogEntry> {
  for (const { event, atMs } of events) yield { atMs, event: throughLog(seal(event, atMs)) }
}
