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
    const found = canonical(plainNumber(text))
    if (found !== undefined) return found
    throw new UsageError('must be a number in E.164 such as +12025550123')
  },
}

/** What stands on record as a number besides: of callers that nobody can have, short codes and emergencies. */
const onRecord = /^(?:\+\d{3,15}|\d{3,6})$/

/** The same to look for, and every other that may be on record. */
export const soughtNumber: ValueType<string> = {
  ...phoneNumber,
  read(text) {
    const plain = plainNumber(text)
    return canonical(plain) ?? (onRecord.test(plain) ? plain : phoneNumber.read(text))
  },
}

function canonical(plain: string): string | undefined {
  if (!/^\+\d+$/.test(plain)) return undefined
  const result = canonicalNumber(`tel:${plain}`, { homeRegion: '001' })
  return result.ok && !isEmergency(result.number) ? result.number.e164 : undefined
}
