import { canonicalNumber, isEmergency } from '../../numbering/canonical-number.ts'
import { UsageError } from '../command.ts'
import type { ValueType } from './values.ts'

/** What people put between digits and before a number, and what comes along where it is copied from a page. */
const ornaments = /^\s*tel:|[\p{Z}\p{Cf}\p{Pd}\s\u2212().]/giu

/** The digits of a number and its `+` as they were meant, without what was typed around and between them. */
export function plainNumber(text: string): string {
  return text.normalize('NFKC').replace(ornaments, '')
}

/** A number in E.164 as people write it, read in its canonical form; no emergency number. */
export const phoneNumber: ValueType<string> = {
  written: '<number>',
  read(text) {
    const plain = plainNumber(text)
    const result = /^\+\d+$/.test(plain)
      ? canonicalNumber(`tel:${plain}`, { homeRegion: '001' })
      : undefined
    if (result?.ok && !isEmergency(result.number)) return result.number.e164
    throw new UsageError('must be a number in E.164 such as +12025550123')
  },
}
