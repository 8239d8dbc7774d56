import type { Random } from '../kernel/random.ts'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const base = alphabet.length

/** Bytes from here on are drawn again: 256 is no multiple of 62, and a remainder would favour some. */
const fairBelow = Math.floor(256 / base) * base
const drawBytes = 64
/** A fair source needs one or two draws; one that gives nothing usable is broken. */
const drawsMax = 64

/** `length` characters, each of the 62 equally likely: 5.954 bits a character. */
export function randomBase62(random: Random, length: number): string {
  let text = ''
  for (let draw = 0; draw < drawsMax; draw++) {
    for (const byte of random.bytes(drawBytes)) {
      if (byte < fairBelow) text += alphabet.charAt(byte % base)
      if (text.length === length) return text
    }
  }
  throw new RangeError('the random source gives nothing usable')
}

/** A whole number below 2^53 in base 62, padded with zeros to `length` characters. */
export function toBase62(value: number, length: number): string {
  let text = ''
  for (let rest = value; rest > 0; rest = Math.floor(rest / base)) {
    text = alphabet.charAt(rest % base) + text
  }
  return text.padStart(length, '0')
}
