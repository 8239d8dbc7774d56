import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'

const hashBytes = 16

/** Bytes of the key that the hashes are made with. */
export const calleeKeyBytes = 32

/** Stands for a called number where attempts are counted, so that the number itself is not kept. */
export class CalleeHash {
  readonly #key: KeyObject
  #last = { e164: '', hash: '' }

  constructor(key: Buffer) {
    // Made once: from a buffer each HMAC would make one, which costs five times the HMAC.
    this.#key = createSecretKey(key)
  }

  /** The hash of a number. A call asks for one number several times, so the last is remembered. */
  of(e164: string): string {
    if (this.#last.e164 !== e164) {
      const hash = createHmac('sha256', this.#key).update(e164).digest()
      this.#last = { e164, hash: hash.toString('base64url', 0, hashBytes) }
    }
    return this.#last.hash
  }
}
