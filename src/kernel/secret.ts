import { inspect } from 'node:util'

const hidden = '[secret]'

/** A Tollgate key, a signed token, a drachtio secret frame or a private key, wherever it stands. */
const secretText =
  /tg_(?:live|test)_[0-9A-Za-z_]+|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}|authenticate\|[^|\s"\\]*|-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,20}PRIVATE KEY-----)?/g

/** What every secret text has in it. One pattern looks for all of them in a quarter of the time of `includes`. */
const marks = /tg_|eyJ|authenticate\||PRIVATE KEY/

/** Whether a text may have something in it that `hideSecrets` hides: almost none has. */
export function mayHaveSecrets(text: string): boolean {
  return marks.test(text)
}

/** The text with `[secret]` for all in it that looks like a credential of ours. */
export function hideSecrets(text: string): string {
  // To look for these words is much quicker than the pattern.
  return mayHaveSecrets(text) ? text.replace(secretText, hidden) : text
}

/**
 * Holds a credential so that printing, logging or serialising the object that carries it shows
 * nothing. The value comes out only by `reveal()`, which is easy to find in a review.
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  toJSON(): string {
    return hidden
  }

  toString(): string {
    return hidden
  }

  [inspect.custom](): string {
    return hidden
  }
}
