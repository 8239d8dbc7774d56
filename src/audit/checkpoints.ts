import type { Clock, Timer } from '../kernel/clock.ts'
import type { LogWriter } from './storage/log-writer.ts'

export interface CheckpointSettings {
  /** So often a checkpoint is made while there is something new. */
  readonly checkpointEveryMs: number
  /** A checkpoint that takes longer has failed: the disk hangs. */
  readonly stallTimeoutMs: number
}

/** Makes a checkpoint every second while there is something new. */
export class Checkpoints {
  readonly #writer: LogWriter
  readonly #settings: CheckpointSettings
  readonly #clock: Clock
  readonly #fail: (cause: unknown) => void
  readonly #timer: Timer
  readonly #gaveUp = Promise.withResolvers<void>()
  #running: Promise<void> | undefined

  constructor(
    writer: LogWriter,
    settings: CheckpointSettings,
    { clock, fail }: { clock: Clock; fail: (cause: unknown) => void },
  ) {
    this.#writer = writer
    this.#settings = settings
    this.#clock = clock
    this.#fail = fail
    this.#timer = clock.every(settings.checkpointEveryMs, () => void this.#make())
  }

  /** Resolves when a checkpoint was given up that still has not returned. */
  get gaveUp(): Promise<void> {
    return this.#gaveUp.promise
  }

  /** Settles when no checkpoint is being made. */
  get idle(): Promise<void> {
    return this.#running ?? Promise.resolve()
  }

  /** Makes no more of them by itself. */
  stop(): void {
    this.#timer.cancel()
  }

  /** Makes the one that covers all there is. */
  async last(): Promise<void> {
    await this.idle
    await this.#make()
  }

  #make(): Promise<void> {
    if (this.#running || !this.#writer.isAhead) return this.idle
    const { stallTimeoutMs } = this.#settings
    const stall = this.#clock.after(stallTimeoutMs, () => {
      this.#gaveUp.resolve()
      this.#fail(new Error(`a checkpoint has not been made for ${stallTimeoutMs} ms`))
    })
    this.#running = this.#writer
      .publish()
      .then(undefined, this.#fail)
      .finally(() => {
        stall.cancel()
        this.#running = undefined
      })
    return this.#running
  }
}
