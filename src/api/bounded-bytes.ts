import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'

/** A body by stream is larger than may be. */
class TooLarge extends Error {
  readonly code = 'FST_ERR_CTP_BODY_TOO_LARGE'
}

/** The bytes of a stream, up to so many; past them it throws, and what was read is not used. */
export class BoundedBytes {
  readonly #source: Readable
  readonly #bytesMax: number
  readonly #hash = createHash('sha256')

  constructor(source: Readable, bytesMax: number) {
    this.#source = source
    this.#bytesMax = bytesMax
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    let bytes = 0
    for await (const chunk of this.#source) {
      bytes += chunk.length
      if (bytes > this.#bytesMax) throw new TooLarge('the body is too large')
      this.#hash.update(chunk)
      yield chunk
    }
  }

  /** Tells these bytes from any others, once all of them were read. */
  digest(): string {
    return this.#hash.digest('base64url')
  }
}
