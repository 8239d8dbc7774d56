import { sha256 } from '../kernel/sha256.ts'

const purpose = Buffer.from('tollgate index 1\n')
const hashBytes = 16

/**
 * What a value is found by in an index: the same for the same text and key, and without the key, which
 * ends with its month, nothing. Half of SHA-256 after a secret of fixed length, so that nothing can be
 * hung on behind.
 */
export function indexHash(indexKey: Buffer, text: string): Buffer {
  const input = Buffer.concat([purpose, indexKey, Buffer.from(text)])
  return sha256(input).subarray(0, hashBytes)
}
