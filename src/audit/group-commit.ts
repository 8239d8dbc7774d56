import type { Clock, Timer } from '../kernel/clock.ts'
import { Failure } from '../kernel/failure.ts'
import type { Logger } from '../kernel/logger.ts'

/** When records are written together, and how many may wait. */
export interface GroupSettings {
  /** What is to be written soon waits until the last group is this old: a busy log writes in groups. */
  readonly spacingMs: number
  /** What may be written later waits this long for others to go with. */
  readonly gatherMs: number
  /** And what nobody waits for, this long. */
  readonly unawaitedMs: number
  /** Records that may wait for the write before theirs. */
  readonly waitingRecordsMax: number
  /** Bytes that may wait for the write before theirs. */
  readonly waitingBytesMax: number
  /** A write that takes longer has failed: the disk hangs. */
  readonly stallTimeoutMs: number
}

/** How long a record may wait; `now` sets no timer, so it is written even as the process ends. */
export type Urgency = 'now' | 'soon' | 'later' | 'unawaited'

/** Makes one group durable; called again only after the promise has settled. */
export type WriteGroup = (leaves: readonly Buffer[]) => Promise<void>

/** Gives the bytes of a record; throws where it has none, and then this record alone is refused. */
export type EncodeRecord = () => Buffer

/**
 * Records that wait without their bytes: what makes them is quicker for several at once, and takes
 * no time of a call that is being set up.
 */
const unencodedMax = 64

/** What nobody waits for has this many times the room: its call goes on whether it is written or not. */
const unawaitedShare = 2

/** A record, and who hears what became of it. */
interface Pending extends PromiseWithResolvers<void> {
  readonly record: EncodeRecord
}

interface Group {
  readonly leaves: Buffer[]
  readonly unencoded: Pending[]
  readonly encoded: Pending[]
  bytes: number
  dueAtMs: number
  readonly done: PromiseWithResolvers<void>
}

/**
 * Collects records while a write is running and writes them together when it has ended: one write
 * at a time, in the order in which they came. The first failure ends it for good, because what
 * came after a record that is lost must not be kept as if nothing were missing.
 */
export class GroupCommit {
  readonly #write: WriteGroup
  readonly #settings: GroupSettings
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #onFailure: (() => void) | undefined
  #waiting: Group | undefined
  #writing: Group | undefined
  #idle: Promise<void> = Promise.resolve()
  #timer: Timer | undefined
  #lastStartMs = Number.NEGATIVE_INFINITY
  #failure: Failure | undefined
  #closing = false
  /** The disk has not answered the last write, which may have been given up. */
  #isInDisk = false
  #writtenRecords = 0

  constructor(
    write: WriteGroup,
    settings: GroupSettings,
    around: { clock: Clock; logger: Logger; onFailure?: (() => void) | undefined },
  ) {
    this.#write = write
    this.#settings = settings
    this.#clock = around.clock
    this.#logger = around.logger
    this.#onFailure = around.onFailure
  }

  /** How many records are durable, of those that were taken. */
  get writtenRecords(): number {
    return this.#writtenRecords
  }

  /** Why no record of this urgency can be taken now; undefined when one can. */
  refusal(urgency: Urgency = 'now'): Failure | undefined {
    if (this.#failure) return this.#failure
    if (this.#closing) return new Failure('audit_unavailable', 'the audit log is closed')
    const group = this.#waiting
    if (!group) return undefined
    const { waitingRecordsMax, waitingBytesMax } = this.#settings
    const records = group.leaves.length + group.unencoded.length
    const share = urgency === 'unawaited' ? unawaitedShare : 1
    const [recordsMax, bytesMax] = [waitingRecordsMax * share, waitingBytesMax * share]
    if (records < recordsMax && group.bytes < bytesMax) return undefined
    return new Failure('audit_unavailable', 'too many events wait for the disk')
  }

  /**
   * Takes a record; its bytes are asked for once, before it is written. The promise resolves once it
   * is durable, and may be left alone by callers that do not wait.
   */
  add(record: EncodeRecord, urgency: Urgency): Promise<void> {
    this.#waiting ??= newGroup()
    const group = this.#waiting
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    group.unencoded.push({ record, promise, resolve, reject })
    if (group.unencoded.length >= unencodedMax) encode(group)
    this.#putDue(group, this.#dueAtMs(urgency))
    return promise
  }

  /** Has what waits for company be written at once, or as soon as the write before it has ended. */
  hurry(): void {
    if (this.#waiting) this.#putDue(this.#waiting, this.#clock.monotonic())
  }

  /** Takes nothing more, and resolves when all that was taken is durable or has failed. */
  async close(): Promise<void> {
    this.#closing = true
    while (this.#writing || this.#waiting) {
      if (!this.#writing) this.#flush()
      await this.#writing?.done.promise
    }
  }

  /** Ends it for good: what waits is refused, and whatever comes. */
  fail(cause: unknown): void {
    if (this.#failure) return
    const failure = new Failure('audit_unavailable', 'the audit log cannot be written', { cause })
    this.#failure = failure
    this.#logger.error({ err: cause }, 'The audit log cannot be written; no call is admitted.')
    this.#timer?.cancel()
    const lost = [this.#writing, this.#waiting]
    this.#writing = undefined
    this.#waiting = undefined
    for (const group of lost) {
      for (const one of [...(group?.encoded ?? []), ...(group?.unencoded ?? [])]) lose(one, failure)
      group?.done.resolve()
    }
    this.#onFailure?.()
  }

  /** Whether, once it is closed, a write that was given up still has not returned. */
  get hangs(): boolean {
    return this.#isInDisk
  }

  /** Settles when no write is under way, not even one that was given up. */
  get idle(): Promise<void> {
    return this.#idle
  }

  #putDue(group: Group, dueAtMs: number): void {
    if (dueAtMs >= group.dueAtMs) return
    group.dueAtMs = dueAtMs
    this.#schedule()
  }

  #dueAtMs(urgency: Urgency): number {
    const now = this.#clock.monotonic()
    if (urgency === 'now') return now
    if (urgency === 'later') return now + this.#settings.gatherMs
    if (urgency === 'unawaited') return now + this.#settings.unawaitedMs
    return Math.max(now, this.#lastStartMs + this.#settings.spacingMs)
  }

  #schedule(): void {
    const group = this.#waiting
    if (!group || this.#writing || this.#failure) return
    this.#timer?.cancel()
    this.#timer = undefined
    const delayMs = group.dueAtMs - this.#clock.monotonic()
    if (delayMs <= 0) this.#flush()
    else this.#timer = this.#clock.after(delayMs, () => this.#flush())
  }

  #flush(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const group = this.#waiting
    if (!group) return
    encode(group)
    this.#waiting = undefined
    this.#writing = group
    this.#lastStartMs = this.#clock.monotonic()
    const { stallTimeoutMs } = this.#settings
    const stall = this.#clock.after(stallTimeoutMs, () => {
      this.fail(new Error(`a write has not returned for ${stallTimeoutMs} ms`))
    })
    this.#isInDisk = true
    this.#idle = this.#write(group.leaves)
      .finally(() => {
        this.#isInDisk = false
        stall.cancel()
      })
      .then(
        () => this.#succeed(group),
        (cause) => this.fail(cause),
      )
  }

  #succeed(group: Group): void {
    this.#writing = undefined
    this.#writtenRecords += group.leaves.length
    for (const { resolve } of group.encoded) resolve()
    group.done.resolve()
    this.#schedule()
  }
}

function newGroup(): Group {
  const done = Promise.withResolvers<void>()
  const dueAtMs = Number.POSITIVE_INFINITY
  return { leaves: [], unencoded: [], encoded: [], bytes: 0, dueAtMs, done }
}

/** Whoever does not wait for the disk learns of its failure from the log; no one crashes of it. */
function lose({ promise, reject }: Pending, failure: Failure): void {
  promise.catch(() => undefined)
  reject(failure)
}

/** Gives the records of a group their bytes. One that has none leaves no gap. */
function encode(group: Group): void {
  const { unencoded, encoded, leaves } = group
  for (const one of unencoded.splice(0)) {
    try {
      const leaf = one.record()
      leaves.push(leaf)
      encoded.push(one)
      group.bytes += leaf.length
    } catch (cause) {
      const message = 'the event cannot be written down'
      lose(one, new Failure('audit_unavailable', message, { cause }))
    }
  }
}
