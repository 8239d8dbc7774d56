import { sha256 } from '../kernel/sha256.ts'

const purpose = 'tollgate index 1\n'
const hashBytes = 16

/**
 * What a value is found by in an index: the same for the same text and key, and without the key, which
 * ends with its month, nothing. Half of SHA-256 after a secret of fixed length, so that nothing can be
 * hung on behind.
 */
export function indexHash(indexKey: Buffer, text: string): Buffer {
  const before = purpose.length + indexKey.length
  const input = Buffer.allocUnsafe(before + Buffer.byteLength(text))
  input.write(purpose, 'latin1')
  indexKey.copy(input, purpose.length)
  input.write(text, before, 'utf8')
  return sha256(input).subarray(0, hashBytes)
}
