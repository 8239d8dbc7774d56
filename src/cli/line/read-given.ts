import { createReadStream } from 'node:fs'

/**
 * What a file that somebody names holds, at most one byte more than `bytesMax`: whoever looks at it sees that
 * it is too long. Takes pipes too, and devices that never end.
 */
export async function readGiven(path: string, bytesMax: number): Promise<Buffer> {
  return await readBounded(createReadStream(path, { end: bytesMax }), bytesMax)
}

/** The same of what comes in parts: what follows is not waited for. */
export async function readBounded(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  bytesMax: number,
): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of source) {
    parts.push(part)
    bytes += part.length
    if (bytes > bytesMax) break
  }
  return Buffer.concat(parts).subarray(0, bytesMax + 1)
}
