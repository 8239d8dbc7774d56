import { open } from 'node:fs/promises'
import type { Link } from './chain.ts'
import { AuditFault } from './fault.ts'
import { createHead, findHead, type Head, headName } from './head.ts'
import { listSegments, type Segment, segmentOf } from './segments.ts'
import { ChainWalk } from './walk.ts'

/** Where the next record goes. */
export interface Tail {
  readonly head: Head
  readonly link: Link
  readonly segment: Segment
  readonly segmentBytes: number
  /** What a process that died had begun to write and nobody was told of; it has been cut away. */
  readonly cutBytes: number
}

/**
 * Finds the end of the log in `dir` and makes it fit to go on. Checks the newest segment that has
 * records, and the head; the older ones are `verifyLog`'s matter, so that a start does not take
 * longer the longer the log is. Cuts an incomplete last line, which nobody was told of; throws an
 * `AuditFault` at anything else that is not as it was written. An empty directory gets a new log.
 */
export async function recoverTail(dir: string, newLogId: () => string): Promise<Tail> {
  const segments = await listSegments(dir)
  const head = (await findHead(dir)) ?? (await createHead(dir, newLogId()))
  const last = segments.at(-1)
  if (!last) {
    if (head.count > 0) throw new AuditFault(headName, 1, 'cut_off')
    return { head, link: head, segment: segmentOf(dir, 1), segmentBytes: 0, cutBytes: 0 }
  }
  const walk = await walkNewest(head, segments)
  const cutBytes = await cutAfter(last, walk)
  return {
    head,
    link: { count: walk.count, hash: walk.hash ?? head.logId },
    segment: last,
    segmentBytes: walk.goodBytes,
    cutBytes,
  }
}

/** From the newest segment that has any bytes: the one after a change of segment has none yet. */
async function walkNewest(head: Head, segments: readonly Segment[]): Promise<ChainWalk> {
  for (let from = segments.length - 1; from > 0; from--) {
    const first = segments[from]
    if (!first) break
    const walk = new ChainWalk(head, { count: first.firstSeq - 1 })
    await toEnd(walk, segments.slice(from))
    if (walk.hash !== undefined) return walk
  }
  const walk = new ChainWalk(head)
  await toEnd(walk, segments)
  return walk
}

async function toEnd(walk: ChainWalk, segments: readonly Segment[]): Promise<void> {
  const records = walk.log(segments)
  while (!(await records.next()).done);
}

async function cutAfter(segment: Segment, walk: ChainWalk): Promise<number> {
  if (walk.unfinishedBytes === 0) return 0
  const file = await open(segment.path, 'r+')
  try {
    await file.truncate(walk.goodBytes)
    await file.sync()
  } finally {
    await file.close()
  }
  return walk.unfinishedBytes
}
