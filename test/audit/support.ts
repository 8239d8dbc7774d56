import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AuditSettings } from '../../src/audit/append.ts'
import { openAuditLog } from '../../src/audit/append.ts'
import type { AuditRecord } from '../../src/audit/chain.ts'
import type { AuditEvent, AuditLog } from '../../src/audit/event.ts'
import { readRecords } from '../../src/audit/read.ts'
import type { CallId } from '../../src/domain/attempt.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { countedRandom } from '../support/counted-random.ts'
import { FakeClock } from '../support/fake-clock.ts'

/** A directory of its own for each test, gone after it. */
export function temporaryDirectory(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'tollgate-audit-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** An event that is written soon. */
export function decided(name: string): AuditEvent {
  return {
    type: 'call.decided',
    direction: 'outbound',
    callId: name as CallId,
    sipCallId: `${name}@192.0.2.1`,
    source: { address: '192.0.2.1', port: 5060, protocol: 'udp' },
    admitted: false,
    reason: 'rate_exceeded',
    trace: [{ check: 'take_limits', passed: false, figures: { perSecondMax: 5 } }],
  }
}

/** An event that may be written later. */
export function ringing(name: string): AuditEvent {
  return { type: 'call.ringing', callId: name as CallId, gatewayId: 'gw', status: 180 }
}

/** A log on a clock that stands still; nothing waits, so no test has to move it. */
export function open(dir: string, settings: Partial<AuditSettings> = {}): Promise<AuditLog> {
  return openAuditLog({
    dir,
    clock: new FakeClock(),
    random: countedRandom(),
    logger: silentLogger,
    settings: { spacingMs: 0, gatherMs: 0, ...settings },
  })
}

/** Writes a log with these calls and closes it. */
export async function writeLog(
  dir: string,
  names: readonly string[],
  settings?: Partial<AuditSettings>,
): Promise<void> {
  await using log = await open(dir, settings)
  for (const name of names) await log.append(decided(name))
}

export async function readAll(dir: string): Promise<AuditRecord[]> {
  const records: AuditRecord[] = []
  for await (const record of readRecords(dir)) records.push(record)
  return records
}

/** The call ids in the log, in order. */
export async function callIds(dir: string): Promise<string[]> {
  const events = (await readAll(dir)).map((record) => record.event)
  return events.map((event) => ('callId' in event ? event.callId : event.type))
}

/** The segments of a log, oldest first, with their text. */
export function segments(dir: string): { path: string; text: string }[] {
  const names = readdirSync(dir).filter((name) => name.endsWith('.jsonl'))
  return names.sort().map((name) => {
    const path = join(dir, name)
    return { path, text: readFileSync(path, 'utf8') }
  })
}

/** The only segment of a small log. */
export function onlySegment(dir: string): { path: string; text: string } {
  const [segment, another] = segments(dir)
  if (!segment || another) throw new Error('there is not exactly one segment')
  return segment
}
