import type { CanonicalNumber } from '../domain/number.ts'
import { isEmergency } from '../numbering/canonical-number.ts'
import { type Dossier, found } from './check.ts'

/** The called number, for the checks that an ordinary call comes to once it is read. */
export function calledBy(dossier: Dossier): CanonicalNumber {
  const result = found(dossier.called, 'the called number')
  if (!result.ok || isEmergency(result.number)) {
    throw new Error('a check of ordinary numbers runs for a number that is none')
  }
  return result.number
}
