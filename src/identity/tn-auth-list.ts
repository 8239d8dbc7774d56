import * as der from './der.ts'

/** RFC 8226 9: id-pe-TNAuthList. */
const tnAuthListId = '1.3.6.1.5.5.7.1.26'

const spcPattern = /^[A-Za-z0-9]{1,10}$/

/**
 * The TNAuthList extension of RFC 8226 9 for one Service Provider Code, complete. Its module has
 * explicit tags, so `spc` is [0] around an IA5String. ATIS-1000080 wants the code alone, no numbers.
 * Throws RangeError on what is no code.
 */
export function tnAuthListExtension(spc: string): Buffer {
  if (!spcPattern.test(spc)) throw new RangeError('not a Service Provider Code')
  return der.sequence(
    der.objectIdentifier(tnAuthListId),
    der.octetString(der.sequence(der.explicit(0, der.ia5String(spc)))),
  )
}
