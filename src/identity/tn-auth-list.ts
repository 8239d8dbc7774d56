import * as der from './der.ts'

/** RFC 8226 9: id-pe-TNAuthList. */
const tnAuthListId = '1.3.6.1.5.5.7.1.26'

/** The service provider that a certificate speaks for, and numbers it speaks for besides. */
export interface Authority {
  /** Service Provider Code. */
  readonly spc: string
  /** Digits alone; `count` numbers from `start` on. */
  readonly ranges?: readonly { readonly start: string; readonly count: number }[]
}

const spcPattern = /^[A-Za-z0-9]{1,10}$/
const numberPattern = /^[0-9#*]{1,15}$/

/**
 * The TNAuthList extension of RFC 8226 9, complete. Its module has explicit tags: `spc` is [0]
 * around an IA5String, `range` [1] around a sequence, `one` [2] around an IA5String. Throws
 * RangeError on a code or number that the module does not allow.
 */
export function tnAuthListExtension({ spc, ranges = [] }: Authority): Buffer {
  if (!spcPattern.test(spc)) throw new RangeError('not a Service Provider Code')
  const entries = [der.explicit(0, der.ia5String(spc)), ...ranges.map(rangeEntry)]
  return der.sequence(der.objectIdentifier(tnAuthListId), der.octetString(der.sequence(...entries)))
}

function rangeEntry({ start, count }: { start: string; count: number }): Buffer {
  if (!numberPattern.test(start)) throw new RangeError('not a telephone number')
  if (!Number.isInteger(count) || count < 1 || count > 0x7fffffff) {
    throw new RangeError('not a count of telephone numbers')
  }
  if (count === 1) return der.explicit(2, der.ia5String(start))
  const digits = Buffer.alloc(4)
  digits.writeUInt32BE(count)
  return der.explicit(1, der.sequence(der.ia5String(start), der.unsigned(digits)))
}
