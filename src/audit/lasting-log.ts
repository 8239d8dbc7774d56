import type { Timer } from '../kernel/clock.ts'
import { Failure, messageOf } from '../kernel/failure.ts'
import { together } from '../kernel/together.ts'
import { type AuditOptions, openAuditLog, refused, type WrittenLog } from './append.ts'
import type { AuditEvent, AuditLog } from './event.ts'
import { isOfRunningCall, KeptEvents } from './kept-events.ts'
import { readEntries } from './read.ts'
import type { PublishedIn } from './storage/publishing.ts'

/** How long after a failure of the disk the log is opened anew, and after each attempt in vain. */
const reopenDelayMs = 5000

/** Kept events that are handed to the disk at a time. */
const batchEvents = 1000

/**
 * Like `openAuditLog`, for a process that outlives a full disk: a log that failed refuses every
 * decision as before, and is opened anew as soon as it can be. What running calls do meanwhile is kept,
 * up to `keptEventsMax`, and follows then on `audit.resumed`, which counts what is not in the log.
 */
export async function openLastingLog(options: AuditOptions): Promise<AuditLog> {
  const log = new LastingLog(options)
  await log.open()
  return log
}

class LastingLog implements AuditLog {
  readonly #options: AuditOptions
  readonly #kept = new KeptEvents()
  #log: WrittenLog | undefined
  /** Whether events go to the log as they come. */
  #isLive = false
  #failedAtMs = 0
  /** Entries of which it was told that they are on the disk, when it failed. */
  #toldSize = 0
  #closed = false
  #timer: Timer | undefined
  #reopening: Promise<void> = Promise.resolve()

  constructor(options: AuditOptions) {
    this.#options = options
  }

  async open(): Promise<void> {
    this.#log = await this.#openLog('own_thread_later')
    this.#isLive = true
  }

  get isWritable(): boolean {
    return this.#isLive && (this.#log?.isWritable ?? false)
  }

  append(event: AuditEvent): Promise<void> {
    const atMs = this.#options.clock.now()
    const isKept = isOfRunningCall(event)
    if (this.#isLive && this.#log) {
      const written = this.#log.append(event, atMs)
      if (!isKept) return written
      return written.catch((error: unknown) => {
        if (this.#isLive) throw error
        return this.#kept.keep(event, atMs)
      })
    }
    if (isKept && !this.#closed) return this.#kept.keep(event, atMs)
    this.#kept.refuse()
    return refused(new Failure('audit_unavailable', 'the audit log cannot be written'))
  }

  hurry(): void {
    this.#log?.hurry()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    await this.#reopening
    if (!this.#isLive && this.#kept.size > 0) await this.#reopen()
    await this.#log?.[Symbol.asyncDispose]()
    const lost = this.#kept.giveUp(new Failure('audit_unavailable', 'the audit log is closed'))
    if (lost > 0) this.#options.logger.error({ lost }, 'Events of running calls were not recorded.')
  }

  #openLog(publishedIn: PublishedIn): Promise<WrittenLog> {
    const onFailure = () => this.#onFailure()
    return openAuditLog({ ...this.#options, publishedIn, onFailure })
  }

  #onFailure(): void {
    // While it is opened anew its next append tells.
    if (!this.#isLive) return
    this.#isLive = false
    this.#failedAtMs = this.#options.clock.monotonic()
    this.#schedule()
  }

  #schedule(): void {
    if (this.#closed) return
    this.#timer?.cancel()
    this.#timer = this.#options.clock.after(reopenDelayMs, () => {
      this.#reopening = this.#reopen()
    })
  }

  /** A write that hangs keeps its lock, so that nothing is opened beside it. */
  async #reopen(): Promise<void> {
    const { clock, logger } = this.#options
    try {
      const failed = this.#log
      this.#log = undefined
      this.#toldSize = failed?.toldSize ?? this.#toldSize
      await failed?.[Symbol.asyncDispose]()
      // Calls are running: a disk that hangs once more must not hold them up.
      this.#log = await this.#openLog('own_thread')
      const silentMs = Math.round(clock.monotonic() - this.#failedAtMs)
      await this.#resume(this.#log, silentMs)
      logger.warn({ silentMs }, 'The audit log can be written again.')
    } catch (error) {
      const cause = messageOf(error)
      logger.error({ cause }, 'The audit log still cannot be written.')
      this.#schedule()
    }
  }

  /**
   * Writes what was kept. Once the last of it is handed over, what comes goes behind it: a log that waited
   * until nothing is left would wait for as long as calls go on.
   */
  async #resume(log: WrittenLog, silentMs: number): Promise<void> {
    // A write that failed may have left some of its entries, of which nobody was told.
    const untold = await this.#untold()
    await this.#tell(log, silentMs)
    while (this.#kept.size > batchEvents) await this.#writeKept(log, untold)
    const last = this.#writeKept(log, untold)
    this.#isLive = log.isWritable
    await last
    if (!this.#isLive) throw new Failure('audit_unavailable', 'the disk has failed again')
    // What was refused while all that was written.
    if (this.#kept.isUntold) await this.#tell(log, silentMs)
  }

  async #tell(log: WrittenLog, silentMs: number): Promise<void> {
    const resumed = this.#kept.resumed(silentMs)
    try {
      await log.append(resumed)
    } catch (error) {
      this.#kept.unsaid(resumed)
      throw error
    }
  }

  /** Hands the oldest that were kept to the log, before it returns, and forgets them when they are in it. */
  async #writeKept(log: WrittenLog, untold: ReadonlySet<string>): Promise<void> {
    const batch = this.#kept.oldest(batchEvents)
    const written = new Set<(typeof batch)[number]>()
    const done = batch.map(async (kept) => {
      const { event, atMs } = kept
      try {
        if (!untold.has(log.leafOf(event, atMs))) await log.append(event, atMs)
        kept.done.resolve()
      } catch (error) {
        if (!log.isWritable) throw error
        kept.done.reject(error)
      }
      written.add(kept)
    })
    await together(done).finally(() => this.#kept.drop(written))
  }

  async #untold(): Promise<ReadonlySet<string>> {
    const leaves = new Set<string>()
    for await (const { leaf } of readEntries(this.#options.dir, { from: this.#toldSize })) {
      leaves.add(leaf.toString('latin1'))
    }
    return leaves
  }
}
