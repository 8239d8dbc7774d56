import { canonicalNumber, isEmergency } from '../../numbering/canonical-number.ts'
import { UsageError } from '../command.ts'
import type { ValueType } from './values.ts'

/** A number in E.164 as people write it, read in its canonical form; no emergency number. */
export const phoneNumber: ValueType<string> = {
  written: '<number>',
  read(text) {
    const result = /^\+\d/.test(text)
      ? canonicalNumber(`tel:${text}`, { homeRegion: '001' })
      : undefined
    if (result?.ok && !isEmergency(result.number)) return result.number.e164
    throw new UsageError('must be a number in E.164 such as +12025550123')
  },
}
