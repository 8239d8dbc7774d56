import { type AuditRecord, checkLine } from './chain.ts'
import { AuditFault } from './fault.ts'
import { type Head, headName } from './head.ts'
import { type Line, readLines, type Segment } from './segments.ts'

/** Where a walk begins; without a hash the first record's own word is taken for its `prev`. */
export interface WalkStart {
  readonly count: number
  readonly hash?: string
}

/**
 * Walks along a chain record by record and throws an `AuditFault` at the first thing that is not
 * as it was written. Memory does not grow with the log.
 */
export class ChainWalk {
  readonly #head: Head
  #count: number
  #hash: string | undefined
  #goodBytes = 0
  #unfinishedBytes = 0
  #line = 0

  constructor(head: Head, start: WalkStart = { count: 0, hash: head.logId }) {
    this.#head = head
    this.#count = start.count
    this.#hash = start.hash
  }

  /** The number of the last good record. */
  get count(): number {
    return this.#count
  }

  /** The hash of the last good record; undefined while none has been seen. */
  get hash(): string | undefined {
    return this.#hash
  }

  /** How much of the last segment is good records. */
  get goodBytes(): number {
    return this.#goodBytes
  }

  /** What follows the last good record without a line feed: a record that was being written. */
  get unfinishedBytes(): number {
    return this.#unfinishedBytes
  }

  /** The records of all segments to the end of the log; the last segment must come last. */
  async *log(segments: readonly Segment[]): AsyncGenerator<AuditRecord[]> {
    for (const segment of segments) {
      yield* this.#segment(segment, segment === segments.at(-1))
    }
    if (this.#count >= this.#head.count) return
    throw new AuditFault(segments.at(-1)?.name ?? headName, this.#line + 1, 'cut_off')
  }

  async *#segment(segment: Segment, last: boolean): AsyncGenerator<AuditRecord[]> {
    if (segment.firstSeq > this.#count + 1) throw new AuditFault(segment.name, 1, 'missing')
    if (segment.firstSeq <= this.#count) throw new AuditFault(segment.name, 1, 'out_of_order')
    this.#goodBytes = 0
    this.#line = 0
    for await (const lines of readLines(segment.path)) {
      const records: AuditRecord[] = []
      try {
        for (const line of lines) {
          // Nobody was told of a last line that breaks off, or the head has more and that is found.
          if (last && line.ending === 'end_of_file') this.#unfinishedBytes = line.bytes.length
          else records.push(this.#take(line, segment))
        }
      } finally {
        // What stands before a fault is good and is still handed out.
        if (records.length > 0) yield records
      }
    }
  }

  #take(line: Line, segment: Segment): AuditRecord {
    this.#line = line.number
    if (line.ending === 'end_of_file') throw new AuditFault(segment.name, line.number, 'unfinished')
    const checked = checkLine(line.bytes, { count: this.#count, hash: this.#hash })
    if ('fault' in checked) throw new AuditFault(segment.name, line.number, checked.fault)
    const { count, hash } = checked.link
    if (count === this.#head.count && hash !== this.#head.hash) {
      throw new AuditFault(segment.name, line.number, 'head_differs')
    }
    this.#count = count
    this.#hash = hash
    this.#goodBytes += line.bytes.length + 1
    return checked.record
  }
}
