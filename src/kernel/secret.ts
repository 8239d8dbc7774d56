import { inspect } from 'node:util'

const hidden = '[secret]'

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
