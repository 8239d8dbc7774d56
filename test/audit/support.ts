import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AuditSettings } from '../../src/audit/append.ts'
import { openAuditLog } from '../../src/audit/append.ts'
import type { AuditEvent, AuditLog, CallDecided } from '../../src/audit/event.ts'
import { type LogEntry, readEntries } from '../../src/audit/read.ts'
import type { CallId } from '../../src/domain/attempt.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { countedRandom } from '../support/counted-random.ts'
import { FakeClock } from '../support/fake-clock.ts'

/** A directory of its own for each test, gone after it with all that stands beside it. */
export function temporaryDirectory(): { path: string } & Disposable {
  const around = mkdtempSync(join(tmpdir(), 'tollgate-audit-'))
  const path = join(around, 'audit')
  mkdirSync(path)
  return { path, [Symbol.dispose]: () => rmSync(around, { recursive: true, force: true }) }
}

/** An event that is written soon. */
export function admitted(name: string): AuditEvent {
  return { ...(decided(name) as CallDecided), admitted: true, reason: undefined }
}

/** A refusal. */
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
    settings: { spacingMs: 0, gatherMs: 0, unawaitedMs: 0, sync: false, ...settings },
  })
}

/** Writes a log with these calls and closes it. */
export async function writeLog(
  dir: string,
  names: readonly string[],
  settings?: Partial<AuditSettings>,
): Promise<void> {
  await using log = await open(dir, settings)
  await Promise.all(names.map((name) => log.append(decided(name))))
}

/** Names of calls, for a log of a certain length. */
export function names(count: number, first = 0): string[] {
  return Array.from({ length: count }, (_, index) => `c${first + index}`)
}

export async function readAll(dir: string): Promise<LogEntry[]> {
  const entries: LogEntry[] = []
  for await (const entry of readEntries(dir)) entries.push(entry)
  return entries
}

/** The call ids in the log, in order. */
export async function callIds(dir: string): Promise<string[]> {
  const events = (await readAll(dir)).map((entry) => entry.event)
  return events.map((event) => ('callId' in event ? event.callId : event.type))
}

/** All files of a log but its lock, by their path below it. */
export function filesOf(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => name !== 'lock' && statSync(join(dir, name)).isFile())
    .sort()
}
