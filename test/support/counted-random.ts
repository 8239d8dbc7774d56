import type { Random } from '../../src/kernel/random.ts'

/** Chance without chance: every draw is the next number, so a test knows what comes. */
export function countedRandom(start = 1): Random {
  let next = start
  const draw = (size: number): Buffer => {
    const bytes = Buffer.alloc(size)
    let rest = next++
    for (let at = size - 1; at >= 0 && rest > 0; at--) {
      bytes[at] = rest & 0xff
      rest = Math.floor(rest / 256)
    }
    return bytes
  }
  return {
    bytes: draw,
    hex: (size) => draw(size).toString('hex'),
    below: (below) => next++ % below,
  }
}
