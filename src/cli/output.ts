import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { OutputGone } from './command.ts'

/** What goes to standard output; throws `OutputGone` as soon as it is known that nobody takes it. */
export class Output {
  readonly #stream: Writable
  #fault: Error | undefined
  #isDetached = false

  constructor(stream: Writable) {
    this.#stream = stream
    stream.on('error', (error) => {
      this.#fault ??= error
    })
  }

  /** Writes a line. */
  out(line: string): void {
    this.#check()
    this.#stream.write(`${line}\n`)
    this.#check()
  }

  /** Resolves when as much has been taken that the rest needs little memory. */
  async drained(): Promise<void> {
    // Its own error is kept as the fault.
    if (this.#stream.writableNeedDrain) await once(this.#stream, 'drain').catch(() => undefined)
    this.#check()
  }

  /** From here on nothing is thrown. */
  detach(): void {
    this.#isDetached = true
  }

  /** What a write met stands in `errored` before `error` is emitted. */
  #check(): void {
    const fault = this.#fault ?? this.#stream.errored
    if (fault && !this.#isDetached) throw new OutputGone(fault)
  }
}
