/** A file of these lines, in chunks of `chunkBytes`, so that a chunk may end anywhere. */
export async function* fileOf(lines: readonly string[], chunkBytes = 7): AsyncIterable<Uint8Array> {
  const bytes = Buffer.from(lines.join('\n'))
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
}
