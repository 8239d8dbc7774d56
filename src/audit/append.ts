import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../kernel/clock.ts'
import { Failure } from '../kernel/failure.ts'
import type { Logger } from '../kernel/logger.ts'
import type { Random } from '../kernel/random.ts'
import { type Link, recordBytesMax, type Sealed, sealRecord } from './chain.ts'
import type { AuditEvent, AuditLog } from './event.ts'
import { GroupCommit, type GroupSettings, type Urgency } from './group-commit.ts'
import { headName } from './head.ts'
import { lockLog } from './lock.ts'
import { LogFile, type LogFileSettings } from './log-file.ts'
import { recoverTail, type Tail } from './recover.ts'

export type AuditSettings = GroupSettings & LogFileSettings

/** What an audit log does unless told otherwise. */
export const auditDefaults: AuditSettings = {
  spacingMs: 4,
  gatherMs: 20,
  waitingRecordsMax: 4096,
  waitingCharsMax: 8 * 1024 * 1024,
  stallTimeoutMs: 5000,
  segmentBytesMax: 32 * 1024 * 1024,
  sync: true,
}

export interface AuditOptions {
  /** Made when missing; holds the segments, the head and the lock, and nothing else. */
  readonly dir: string
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly settings?: Partial<AuditSettings>
  /** Called once when the disk fails: from then on every event is refused. */
  readonly onFailure?: () => void
}

/** UTF-8 takes at most three bytes for one UTF-16 code unit. */
const recordCharsMax = Math.floor(recordBytesMax / 3)

/**
 * Opens the log in `dir` for appending, where the last process left off. Throws `audit_unavailable`
 * when another process writes to it or the directory cannot be used, and an `AuditFault`
 * (`audit_corrupt`) that names file, line and reason when it is not as it was written. After a
 * failure of the disk every append is refused until the log is closed and opened anew.
 */
export async function openAuditLog(options: AuditOptions): Promise<AuditLog> {
  const { dir, clock, random, logger } = options
  const settings = { ...auditDefaults, ...options.settings }
  await makeDirectory(dir)
  const lock = lockLog(dir)
  const files: { log?: LogFile } = {}
  try {
    const tail = await recoverTail(dir, () => random.hex(32))
    if (tail.cutBytes > 0) {
      logger.warn({ bytes: tail.cutBytes }, 'Cut an unfinished record off the audit log.')
    }
    files.log = new LogFile(tail, { ...settings, headPath: join(dir, headName) })
    await files.log.open()
    const around = { clock, logger, onFailure: options.onFailure }
    return new FileAuditLog({ files: files.log, lock, tail, settings, ...around })
  } catch (error) {
    await files.log?.close()
    lock[Symbol.dispose]()
    throw error
  }
}

interface Parts {
  readonly files: LogFile
  readonly lock: Disposable
  readonly tail: Tail
  readonly settings: AuditSettings
  readonly clock: Clock
  readonly logger: Logger
  readonly onFailure: (() => void) | undefined
}

class FileAuditLog implements AuditLog {
  readonly #files: LogFile
  readonly #lock: Disposable
  readonly #clock: Clock
  readonly #groups: GroupCommit
  #link: Link
  #closed: Promise<void> | undefined

  constructor({ files, lock, tail, settings, clock, logger, onFailure }: Parts) {
    this.#files = files
    this.#lock = lock
    this.#clock = clock
    this.#link = tail.link
    const write = (text: string, link: Link) => files.write(text, link)
    this.#groups = new GroupCommit(write, settings, { clock, logger, onFailure })
  }

  append(event: AuditEvent): Promise<void> {
    const refusal = this.#groups.refusal()
    if (refusal) return refused(refusal)
    let sealed: Sealed
    try {
      sealed = sealRecord(this.#link, this.#clock.now(), event)
      if (sealed.line.length > recordCharsMax) throw new RangeError('the event is too long')
    } catch (cause) {
      const message = `the ${event.type} event cannot be written down`
      return refused(new Failure('audit_unavailable', message, { cause }))
    }
    this.#link = sealed.link
    return this.#groups.add(sealed, urgencyOf(event))
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    await this.#groups.close()
    // A write that hangs in the disk still owns the files: the lock stays until it returns.
    const release = this.#groups.idle.then(async () => {
      await this.#files.close()
      this.#lock[Symbol.dispose]()
    })
    if (!this.#groups.hangs) await release
  }
}

/** A refusal of an event: whoever does not wait for the outcome does not crash of it. */
export function refused(failure: Failure): Promise<void> {
  const outcome = Promise.reject(failure)
  outcome.catch(() => undefined)
  return outcome
}

/** A caller waits for the decision; what follows on it may wait for company. */
function urgencyOf(event: AuditEvent): Urgency {
  if (event.type === 'call.decided') return 'soon'
  return 'callId' in event ? 'later' : 'now'
}

async function makeDirectory(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Failure('audit_unavailable', `${dir} cannot be made: ${why}`, { cause })
  }
}
