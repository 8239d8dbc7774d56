import { randomFillSync } from 'node:crypto'

/** Chance as an argument. The system source is cryptographic; a test gives a counted one. */
export interface Random {
  /** `size` fresh random bytes, the caller's to keep. */
  bytes(size: number): Buffer
  /** `size` random bytes in lower-case hex (two characters a byte). */
  hex(size: number): string
  /** A whole number from 0 up to, not including, `below` (at most 2^31). */
  below(below: number): number
}

const poolBytes = 8192
const two32 = 2 ** 32

/** The machine's cryptographic source, drawn in pools because one draw per id costs more than the id. */
export function systemRandom(): Random {
  const pool = Buffer.alloc(poolBytes)
  let used = poolBytes

  function take(size: number): number {
    if (used + size > poolBytes) {
      randomFillSync(pool)
      used = 0
    }
    const start = used
    used += size
    return start
  }

  return {
    bytes: (size) => {
      if (size > poolBytes) return randomFillSync(Buffer.alloc(size))
      const start = take(size)
      const bytes = Buffer.allocUnsafe(size)
      pool.copy(bytes, 0, start, start + size)
      return bytes
    },
    hex: (size) => {
      if (size > poolBytes) return randomFillSync(Buffer.alloc(size)).toString('hex')
      const start = take(size)
      return pool.toString('hex', start, start + size)
    },
    below: (below) => Math.floor((pool.readUInt32LE(take(4)) / two32) * below),
  }
}
