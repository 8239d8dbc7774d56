import { AuditFault, type FaultReason } from './fault.ts'
import { readHead } from './head.ts'
import { listSegments } from './segments.ts'
import { ChainWalk } from './walk.ts'

/** What became of a check of a whole log. */
export interface VerifyReport {
  /** Good records, up to the fault where there is one. */
  readonly records: number
  readonly segments: number
  /** Bytes of a record that was being written: no fault, nobody was told of it. */
  readonly unfinishedBytes: number
  /** The hash of the last good record: whoever keeps it can later tell whether this log was replaced. */
  readonly hash: string | undefined
  /** Undefined when the log is whole. */
  readonly fault?: {
    readonly file: string
    readonly line: number
    readonly reason: FaultReason
    readonly message: string
  }
}

/**
 * Checks every record of the log in `dir` in constant memory. Finds any edit, deletion, insertion
 * and change of order, and a tail cut off below the head file. What it cannot find is a log whose
 * records and head were all written anew from some record on: only a hash kept elsewhere tells that.
 * Throws `audit_unavailable` where there is no log.
 */
export async function verifyLog(dir: string): Promise<VerifyReport> {
  let walk: ChainWalk | undefined
  let segments = 0
  try {
    // The head first: whatever is appended meanwhile only makes the log longer than it.
    walk = new ChainWalk(await readHead(dir))
    const found = await listSegments(dir)
    segments = found.length
    const records = walk.log(found)
    while (!(await records.next()).done);
    return report(walk, segments)
  } catch (error) {
    if (!(error instanceof AuditFault)) throw error
    const { file, line, reason, message } = error
    return { ...report(walk, segments), fault: { file, line, reason, message } }
  }
}

function report(walk: ChainWalk | undefined, segments: number): VerifyReport {
  return {
    records: walk?.count ?? 0,
    segments,
    unfinishedBytes: walk?.unfinishedBytes ?? 0,
    hash: walk?.hash,
  }
}
