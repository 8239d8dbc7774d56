import { sha256 } from '../kernel/sha256.ts'

const purpose = 'tollgate index 1\n'
/** What a number of JavaScript holds: SQLite compares and keeps numbers for half of what bytes cost. */
const headBytes = 6
const restBits = 5

/**
 * What a value is found by in an index: the same for the same text and key, and without the key, which
 * ends with its month, nothing. The first 53 bits of SHA-256 after a secret of fixed length: among ten
 * million texts, another one has the same with a chance of one in 10^9.
 */
export function indexHash(indexKey: Buffer, text: string): number {
  const hash = keyedHash(indexKey, text)
  return (
    hash.readUIntBE(0, headBytes) * 2 ** restBits + (hash.readUInt8(headBytes) >> (8 - restBits))
  )
}

/** SHA-256 of a text after a purpose and a secret of fixed length, so that nothing can be hung on behind. */
export function keyedHash(indexKey: Buffer, text: string): Buffer {
  const before = purpose.length + indexKey.length
  const input = Buffer.allocUnsafe(before + Buffer.byteLength(text))
  input.write(purpose, 'latin1')
  indexKey.copy(input, purpose.length)
  input.write(text, before, 'utf8')
  return sha256(input)
}
