/** Lets somebody outside end a call, at any stage: who carries it says what that takes. */
export class CallControl {
  #cause: string | undefined
  #listener: ((cause: string) => void) | undefined

  /** Wants the call ended; only the first wish counts. */
  hangUp(cause: string): void {
    if (this.#cause !== undefined) return
    this.#cause = cause
    this.#listener?.(cause)
  }

  /** Takes over from whoever listened before; a wish there is already is told at once. */
  onHangUp(listener: (cause: string) => void): void {
    this.#listener = listener
    if (this.#cause !== undefined) listener(this.#cause)
  }
}
