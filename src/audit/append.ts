import { mkdir } from 'node:fs/promises'
import type { Clock } from '../kernel/clock.ts'
import { Failure, messageOf } from '../kernel/failure.ts'
import type { Logger } from '../kernel/logger.ts'
import type { Random } from '../kernel/random.ts'
import { Checkpoints } from './checkpoints.ts'
import type { AuditEvent, AuditLog, Prepare } from './event.ts'
import { GroupCommit, type GroupSettings, type Urgency } from './group-commit.ts'
import { encodeLeaf } from './leaf.ts'
import { lockLog } from './lock.ts'
import { type LogKeyOptions, openLogKey } from './storage/log-key.ts'
import { LogWriter } from './storage/log-writer.ts'
import type { PublishedIn } from './storage/publishing.ts'
import { type KnownWitness, knownWitness, Witness, type WitnessPlace } from './witness.ts'

export interface AuditSettings extends GroupSettings {
  /** So often a checkpoint is made while there is something new. */
  readonly checkpointEveryMs: number
  /** Whether entries outlive a power cut, not only the death of the process. */
  readonly sync: boolean
}

/** What an audit log does unless told otherwise. */
export const auditDefaults: AuditSettings = {
  spacingMs: 75,
  gatherMs: 80,
  unawaitedMs: 75,
  waitingRecordsMax: 4096,
  waitingBytesMax: 8 * 1024 * 1024,
  stallTimeoutMs: 5000,
  checkpointEveryMs: 1000,
  sync: true,
}

export interface AuditOptions extends LogKeyOptions {
  /** Made when missing; holds the log and its lock, and nothing else. */
  readonly dir: string
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly settings?: Partial<AuditSettings>
  /** Whose cosignatures are asked for. */
  readonly witnesses?: readonly WitnessPlace[]
  /** Makes of an event what is kept of it. */
  readonly prepare?: Prepare | undefined
  /** In which thread its tree is kept and published; left out: in the one that opens it. */
  readonly publishedIn?: PublishedIn
  /** Called once when the disk fails: from then on every event is refused. */
  readonly onFailure?: () => void
}

/** A log that is open, for whoever goes on with it after a failure. */
export interface WrittenLog extends AuditLog {
  readonly isWritable: boolean
  /** How many entries it has told somebody of that they are durable, with those it began with. */
  readonly toldSize: number
  /** As the log of any events; `atMs`: when it happened, where that is not now. */
  append(event: AuditEvent, atMs?: number): Promise<void>
  /** The bytes, as Latin-1 text, that it would write. */
  leafOf(event: AuditEvent, atMs: number): string
}

/**
 * Opens the log in `dir` for appending, where the last process left off. Throws `audit_unavailable`
 * when another process writes to it or the directory cannot be used, and an `AuditFault`
 * (`audit_corrupt`) that names file, entry and reason when it is not as it was written. After a
 * failure of the disk every append is refused until the log is closed and opened anew.
 */
export async function openAuditLog(options: AuditOptions): Promise<WrittenLog> {
  const { dir, clock, random, logger, publishedIn = 'this_thread' } = options
  const settings = { ...auditDefaults, ...options.settings }
  const witnesses = (options.witnesses ?? []).map(knownWitness)
  await makeDirectory(dir)
  const lock = lockLog(dir)
  try {
    const signer = await openLogKey(dir, options, random)
    const writer = await LogWriter.open({ dir, signer, sync: settings.sync, publishedIn })
    if (writer.cutBytes > 0) {
      logger.warn({ bytes: writer.cutBytes }, 'Cut an unfinished entry off the audit log.')
    }
    logger.info({ verifierKey: signer.verifier.text }, 'The audit log is open.')
    const { onFailure, prepare = (event) => ({ ...event }) } = options
    const around = { dir, clock, logger, onFailure, prepare, witnesses }
    return new FileAuditLog({ writer, lock, settings, ...around })
  } catch (error) {
    lock[Symbol.dispose]()
    throw error
  }
}

interface Parts {
  readonly writer: LogWriter
  readonly lock: Disposable
  readonly settings: AuditSettings
  readonly clock: Clock
  readonly logger: Logger
  readonly prepare: Prepare
  readonly dir: string
  readonly witnesses: readonly KnownWitness[]
  readonly onFailure: (() => void) | undefined
}

class FileAuditLog implements WrittenLog {
  readonly #writer: LogWriter
  readonly #lock: Disposable
  readonly #clock: Clock
  readonly #prepare: Prepare
  readonly #groups: GroupCommit
  readonly #checkpoints: Checkpoints
  readonly #witnesses: readonly Witness[]
  readonly #openedSize: number
  #failed = false
  #closed: Promise<void> | undefined

  constructor({ writer, lock, settings, onFailure, ...around }: Parts) {
    const { dir, clock, logger, prepare, witnesses } = around
    this.#writer = writer
    this.#openedSize = writer.size
    this.#lock = lock
    this.#clock = clock
    this.#prepare = prepare
    this.#witnesses = witnesses.map(
      (place) =>
        new Witness(place, {
          dir,
          clock,
          logger,
          onCosigned: (cosigned) => this.#checkpoints.cosigned(cosigned),
        }),
    )
    this.#checkpoints = new Checkpoints(writer, settings, {
      clock,
      fail: (cause) => this.#groups.fail(cause),
      onPublished: (offered) => {
        for (const witness of this.#witnesses) witness.offer(offered)
      },
    })
    const failed = () => {
      this.#failed = true
      this.#checkpoints.stop()
      onFailure?.()
    }
    const write = (leaves: readonly Buffer[]) => writer.write(leaves)
    this.#groups = new GroupCommit(write, settings, { clock, logger, onFailure: failed })
  }

  get isWritable(): boolean {
    return this.#groups.refusal() === undefined
  }

  get toldSize(): number {
    return this.#openedSize + this.#groups.writtenRecords
  }

  append(event: AuditEvent, atMs: number = this.#clock.now()): Promise<void> {
    const urgency = urgencyOf(event)
    const refusal = this.#groups.refusal(urgency)
    if (refusal) return refused(refusal)
    return this.#groups.add(() => this.#encode(event, atMs), urgency)
  }

  leafOf(event: AuditEvent, atMs: number): string {
    return this.#encode(event, atMs).toString('latin1')
  }

  hurry(): void {
    this.#groups.hurry()
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  #encode(event: AuditEvent, atMs: number): Buffer {
    return encodeLeaf(atMs, this.#prepare(event, atMs))
  }

  async #close(): Promise<void> {
    await this.#groups.close()
    for (const witness of this.#witnesses) witness[Symbol.dispose]()
    this.#checkpoints.stop()
    const published = this.#failed ? this.#checkpoints.idle : this.#checkpoints.last()
    // A write that hangs in the disk still owns the files: the lock stays until it returns.
    const release = Promise.all([this.#groups.idle, published]).then(async () => {
      await this.#writer.close()
      this.#lock[Symbol.dispose]()
    })
    if (!this.#groups.hangs) await Promise.race([release, this.#checkpoints.gaveUp])
  }
}

/** A refusal of an event: whoever does not wait for the outcome does not crash of it. */
export function refused(failure: Failure): Promise<void> {
  const outcome = Promise.reject(failure)
  outcome.catch(() => undefined)
  return outcome
}

/**
 * An admitted caller waits for the decision where the callee is quick, and then it is hurried. A refusal
 * may wait for company: its answer is not late by a few milliseconds, and they share one write and one
 * frame. For what follows on a decision nobody waits.
 */
function urgencyOf(event: AuditEvent): Urgency {
  if (event.type === 'call.decided') return event.admitted ? 'soon' : 'later'
  return 'callId' in event ? 'unawaited' : 'now'
}

async function makeDirectory(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 })
  } catch (cause) {
    const why = messageOf(cause)
    throw new Failure('audit_unavailable', `${dir} cannot be made: ${why}`, { cause })
  }
}
