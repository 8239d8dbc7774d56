import { createReadStream } from 'node:fs'
import { Failure, messageOf } from '../../kernel/failure.ts'

/** A private key, or certificates: more than all that a machine trusts. */
export const pemBytesMax = 1024 * 1024

/** The text of a file that somebody names; throws a `Failure` that names it where it cannot be read or is larger. */
export async function textGiven(path: string, bytesMax: number): Promise<string> {
  const bytes = await readGiven(path, bytesMax)
  if (bytes.length > bytesMax) throw unreadable(path, larger(bytesMax))
  return bytes.toString()
}

/** The same part by part, for what is read as it comes. */
export async function* partsGiven(path: string, bytesMax: number): AsyncGenerator<Uint8Array> {
  let bytes = 0
  try {
    for await (const part of createReadStream(path) as AsyncIterable<Buffer>) {
      bytes += part.length
      if (bytes > bytesMax) throw new Error(larger(bytesMax))
      yield part
    }
  } catch (cause) {
    throw unreadable(path, messageOf(cause), cause)
  }
}

function larger(bytesMax: number): string {
  return `is larger than ${bytesMax} bytes`
}

function unreadable(path: string, why: string, cause?: unknown): Failure {
  return new Failure('config_invalid', `${path} cannot be read: ${why}`, { cause })
}

/**
 * What a file that somebody names holds, at most one byte more than `bytesMax`: whoever looks at it sees that
 * it is too long. Takes pipes too, and devices that never end.
 */
export async function readGiven(path: string, bytesMax: number): Promise<Buffer> {
  try {
    return await readBounded(createReadStream(path, { end: bytesMax }), bytesMax)
  } catch (cause) {
    throw unreadable(path, messageOf(cause), cause)
  }
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
