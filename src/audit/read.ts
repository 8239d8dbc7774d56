import type { AuditRecord } from './chain.ts'
import { readHead } from './head.ts'
import { listSegments } from './segments.ts'
import { ChainWalk } from './walk.ts'

/**
 * All records of the log in `dir`, oldest first, each checked against the chain before it is handed
 * out. May run beside the process that writes: it sees what was durable when it began, or more.
 * Throws `audit_unavailable` where there is no log, an `AuditFault` at the first thing that is wrong.
 */
export async function* readRecords(dir: string): AsyncGenerator<AuditRecord> {
  // The head first: whatever is appended meanwhile only makes the log longer than it.
  const head = await readHead(dir)
  for await (const records of new ChainWalk(head).log(await listSegments(dir))) yield* records
}
