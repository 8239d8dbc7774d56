import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'vitest'
import type { AuditEvent } from '../../src/audit/event.ts'
import { readEntries } from '../../src/audit/read.ts'
import { verifyLog } from '../../src/audit/verify.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { openedEntries } from '../../src/records/opened-log.ts'
import { KeyFile } from '../../src/sealing/key-file.ts'
import { EventOpener } from '../../src/sealing/open-events.ts'

/** The events of a gate without a master key, with what is personal in them. */
export async function openedEvents(
  dir: string,
  path = `${dir}-keys.sqlite`,
): Promise<AuditEvent[]> {
  using keys = existsSync(path)
    ? new KeyFile({ path, masterKey: undefined, random: systemRandom() })
    : undefined
  const events: AuditEvent[] = []
  for await (const { event } of openedEntries(dir, new EventOpener(keys))) events.push(event)
  return events
}

/** Of these calls, by their Call-ID, those of which the log has no decision. */
export async function unrecordedOf(callIds: readonly string[], dir: string): Promise<string[]> {
  const events = await openedEvents(dir)
  const kept = new Set(events.map((event) => 'sipCallId' in event && event.sipCallId))
  return callIds.filter((callId) => !kept.has(callId))
}

const lastEventsMs = 2000

/** What an audit log says of its calls. */
export interface AuditSummary {
  readonly records: number
  readonly admitted: ReadonlySet<string>
  readonly refused: ReadonlySet<string>
  readonly ended: ReadonlySet<string>
}

/** Reads a log from end to end; throws where the chain is broken. */
export async function summariseAudit(dir: string): Promise<AuditSummary> {
  const [admitted, refused, ended] = [new Set<string>(), new Set<string>(), new Set<string>()]
  let records = 0
  for await (const { event } of readEntries(dir)) {
    records++
    if (event.type === 'call.decided') (event.admitted ? admitted : refused).add(event.callId)
    if (event.type === 'call.ended') {
      expect(ended.has(event.callId), 'a call ended twice').toBe(false)
      ended.add(event.callId)
    }
  }
  return { records, admitted, refused, ended }
}

/**
 * The log verifies, and every admitted call has ended exactly once. The last events may still be on
 * their way to the file when the call is over: nobody waits for them.
 */
export async function expectWholeAudit(dir: string): Promise<AuditSummary> {
  const deadline = performance.now() + lastEventsMs
  for (;;) {
    const summary = await summariseAudit(dir)
    const open = [...summary.admitted].filter((id) => !summary.ended.has(id))
    if (open.length > 0 && performance.now() < deadline) {
      await delay(20)
      continue
    }
    expect(open, 'admitted and never ended').toEqual([])
    expect((await verifyLog(dir)).fault).toBeUndefined()
    return summary
  }
}
