import type { Clock, Timer } from '../kernel/clock.ts'
import type { LogWriter } from './storage/log-writer.ts'
import type { Cosigned, Offered } from './witness.ts'

export interface CheckpointSettings {
  /** So often a checkpoint is made while there is something new. */
  readonly checkpointEveryMs: number
  /** A checkpoint that takes longer has failed: the disk hangs. */
  readonly stallTimeoutMs: number
}

export interface CheckpointOptions {
  readonly clock: Clock
  /** Told when the disk fails. */
  readonly fail: (cause: unknown) => void
  /** Told of every checkpoint that is published. */
  readonly onPublished: (offered: Offered) => void
}

/** Makes a checkpoint every second while there is something new. */
export class Checkpoints {
  readonly #writer: LogWriter
  readonly #settings: CheckpointSettings
  readonly #around: CheckpointOptions
  readonly #timer: Timer
  readonly #gaveUp = Promise.withResolvers<void>()
  #running: Promise<void> = Promise.resolve()
  #isRunning = false

  constructor(writer: LogWriter, settings: CheckpointSettings, around: CheckpointOptions) {
    this.#writer = writer
    this.#settings = settings
    this.#around = around
    this.#timer = around.clock.every(settings.checkpointEveryMs, () => {
      // A disk that is slow gets no queue of checkpoints.
      if (!this.#isRunning) void this.#enqueue(() => this.#make('running'))
    })
  }

  /** Resolves when a checkpoint was given up that still has not returned. */
  get gaveUp(): Promise<void> {
    return this.#gaveUp.promise
  }

  /** Settles when no checkpoint is being made. */
  get idle(): Promise<void> {
    return this.#running
  }

  /** Makes no more of them by itself. */
  stop(): void {
    this.#timer.cancel()
  }

  /** Makes the one that covers all there is. */
  last(): Promise<void> {
    return this.#enqueue(() => this.#make('ending'))
  }

  /** Puts the signature line of a witness under its checkpoint. */
  cosigned(cosigned: Cosigned): void {
    void this.#enqueue(() => this.#writer.cosign(cosigned))
  }

  async #make(log: 'running' | 'ending'): Promise<void> {
    const writer = this.#writer
    if (!writer.isAhead) return
    const published = log === 'running' ? writer.publishRunning() : writer.publish()
    this.#around.onPublished(await published)
  }

  #enqueue(work: () => Promise<void>): Promise<void> {
    const { fail } = this.#around
    this.#running = this.#running.then(() => this.#watched(work)).then(undefined, fail)
    return this.#running
  }

  async #watched(work: () => Promise<void>): Promise<void> {
    const { stallTimeoutMs } = this.#settings
    const stall = this.#around.clock.after(stallTimeoutMs, () => {
      this.#gaveUp.resolve()
      this.#around.fail(new Error(`a checkpoint has not been made for ${stallTimeoutMs} ms`))
    })
    this.#isRunning = true
    try {
      await work()
    } finally {
      this.#isRunning = false
      stall.cancel()
    }
  }
}
