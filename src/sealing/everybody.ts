import { sha256 } from '../kernel/sha256.ts'
import { positionDigits } from './seed-tree.ts'

const purpose = Buffer.from('tollgate everybody 1\n')

/** What is sealed for everybody has no place of its own in a tree. */
export const everybodyPosition = '0'.repeat(positionDigits)

/** The key that takes all of these keys to make: gone with the first of them. */
export function everybodyKey(keys: readonly Buffer[]): Buffer {
  if (keys.length === 0) throw new TypeError('nobody is in the event')
  return sha256(Buffer.concat([purpose, ...keys]))
}
