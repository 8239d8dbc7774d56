import type { Readable } from 'node:stream'

/** A body by stream is larger than may be. */
class TooLarge extends Error {
  readonly code = 'FST_ERR_CTP_BODY_TOO_LARGE'
}

/** The bytes of a stream, up to so many; past them it throws, and what was read is not used. */
export async function* boundedBytes(
  source: Readable,
  bytesMax: number,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of source) {
    bytes += chunk.length
    if (bytes > bytesMax) throw new TooLarge('the body is too large')
    yield chunk
  }
}
