import type { Timer } from '../kernel/clock.ts'
import { Failure } from '../kernel/failure.ts'
import { type AuditOptions, openAuditLog, refused } from './append.ts'
import type { AuditEvent, AuditLog } from './event.ts'

/** How long after a failure of the disk the log is opened anew, and after each attempt in vain. */
const reopenDelayMs = 5000

/**
 * Like `openAuditLog`, for a process that outlives a full disk: a log that failed refuses every
 * event as before, and is opened anew as soon as it can be. Its first event then is `audit.resumed`,
 * for what happened meanwhile is not in it.
 */
export async function openLastingLog(options: AuditOptions): Promise<AuditLog> {
  const log = new LastingLog(options)
  await log.open()
  return log
}

class LastingLog implements AuditLog {
  readonly #options: AuditOptions
  #log: AuditLog | undefined
  #failed = false
  #failedAtMs = 0
  #closed = false
  #timer: Timer | undefined
  #reopening: Promise<void> = Promise.resolve()

  constructor(options: AuditOptions) {
    this.#options = options
  }

  async open(): Promise<void> {
    this.#log = await openAuditLog({ ...this.#options, onFailure: () => this.#onFailure() })
    this.#failed = false
  }

  get isWritable(): boolean {
    return this.#log !== undefined && !this.#failed && (this.#log.isWritable ?? true)
  }

  append(event: AuditEvent): Promise<void> {
    return this.#log ? this.#log.append(event) : refused(notOpen())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    await this.#reopening
    await this.#log?.[Symbol.asyncDispose]()
  }

  #onFailure(): void {
    if (this.#failed) return
    this.#failed = true
    this.#failedAtMs = this.#options.clock.monotonic()
    this.#schedule()
  }

  #schedule(): void {
    if (this.#closed) return
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
      await failed?.[Symbol.asyncDispose]()
      await this.open()
      const silentMs = Math.round(clock.monotonic() - this.#failedAtMs)
      logger.warn({ silentMs }, 'The audit log can be written again.')
      await this.append({ type: 'audit.resumed', silentMs })
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error)
      logger.error({ cause }, 'The audit log still cannot be written.')
      if (!this.#log) this.#schedule()
    }
  }
}

function notOpen(): Failure {
  return new Failure('audit_unavailable', 'the audit log is not open')
}
