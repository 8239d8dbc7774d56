import { createReadStream } from 'node:fs'

/**
 * What a file that somebody names holds, at most one byte more than `bytesMax`: whoever looks at it sees that
 * it is too long. Takes pipes too, and devices that never end.
 */
export async function readGiven(path: string, bytesMax: number): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of createReadStream(path, { end: bytesMax })) parts.push(part as Buffer)
  return Buffer.concat(parts)
}
