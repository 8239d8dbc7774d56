/** How a sender is told that its message was refused. */
export type OnError = (cause: Error) => void

interface Sent {
  readonly atMs: number
  readonly onError: OnError
}

/** The most sends kept for blame: half a second of the highest rate to one destination. */
const keptMax = 1_024

/**
 * The sends to one destination that a refusal may still be about. The kernel says that a
 * destination refuses, never which datagram it refused, so all recent ones are told.
 */
export class RecentSends {
  readonly #windowMs: number
  #sent: Sent[] = []
  /** Entries before this position are forgotten. */
  #first = 0

  constructor(windowMs: number) {
    this.#windowMs = windowMs
  }

  add(nowMs: number, onError: OnError): void {
    this.forgetBefore(nowMs - this.#windowMs)
    if (this.#sent.length - this.#first >= keptMax) this.#first++
    this.#sent.push({ atMs: nowMs, onError })
    if (this.#first > keptMax) this.#compact()
  }

  /** Tells every send of the window, once. */
  fail(nowMs: number, cause: Error): void {
    this.forgetBefore(nowMs - this.#windowMs)
    const blamed = this.#sent.slice(this.#first)
    this.#sent = []
    this.#first = 0
    for (const { onError } of blamed) onError(cause)
  }

  forgetBefore(atMs: number): void {
    for (;;) {
      const oldest = this.#sent[this.#first]
      if (oldest === undefined || oldest.atMs >= atMs) break
      this.#first++
    }
    if (this.#first === this.#sent.length) this.#compact()
  }

  #compact(): void {
    if (this.#first === 0) return
    this.#sent = this.#sent.slice(this.#first)
    this.#first = 0
  }
}
