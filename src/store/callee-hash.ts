import { hash } from 'node:crypto'

/** 132 bits. */
const hashChars = 22

/** Bytes of the key that the hashes are made with: in hexadecimal, one block of SHA-256. */
export const calleeKeyBytes = 32

/** Stands for a called number where attempts are counted, so that the number itself is not kept. */
export class CalleeHash {
  readonly #key: string
  #last = { e164: '', hash: '' }

  constructor(key: Buffer) {
    this.#key = key.toString('hex')
  }

  /** The hash of a number. A call asks for one number several times, so the last is remembered. */
  of(e164: string): string {
    if (this.#last.e164 !== e164) {
      // No HMAC, which takes three times as long: less than half of what is hashed gets out, so that
      // nobody can go on from it to the hash of a longer text.
      const whole = hash('sha256', this.#key + e164, 'base64url')
      this.#last = { e164, hash: whole.slice(0, hashChars) }
    }
    return this.#last.hash
  }
}
