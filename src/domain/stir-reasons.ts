import { passportFaults, stirPhrases } from './passport-faults.ts'
import type { PassportFinding, Verification } from './verification.ts'

/**
 * RFC 9410 4: the Reason values of a response that tell the caller's side what was found, one for each
 * Identity field that doesn't hold, named by its compact form. None for a verified caller whose every
 * field holds, and none where callers are not verified.
 */
export function stirReasons({ failure, passports }: Verification): readonly string[] {
  const invalid = passports.filter(({ outcome }) => outcome === 'invalid')
  if (invalid.length > 0) return invalid.map(reasonOf)
  // Nothing was found where nobody looked.
  if (!failure || failure.fault === 'not_verified') return []
  return [`STIR ;cause=${failure.status} ;text="${failure.phrase}"`]
}

function reasonOf({ fault = 'internal_error', ppi }: PassportFinding): string {
  const { status } = passportFaults[fault]
  const named = ppi === undefined ? '' : ` ;ppi="${ppi}"`
  return `STIR ;cause=${status} ;text="${stirPhrases[status]}"${named}`
}
