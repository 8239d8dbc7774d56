import { Constructed, fromBER, IA5String, Integer, Sequence } from 'asn1js'

/** RFC 8226 9: id-pe-TNAuthList. */
export const tnAuthListId = '1.3.6.1.5.5.7.1.26'

/** One entry of a TNAuthList: what its certificate may speak for. RFC 8226 9. */
export type TnEntry =
  | { readonly spc: string }
  | { readonly one: string }
  /** `count` numbers of the same length, the first of which is `start`. */
  | { readonly start: string; readonly count: number }

/** More than any certificate of a carrier's has; a longer list is not read. */
const listBytesMax = 65_536

/** ATIS-1000080 5.3.1: an OCN, or another code of letters and digits. */
const spcPattern = /^[A-Za-z0-9]{1,10}$/
/** RFC 8226 9, TelephoneNumber; `#` and `*` are for codes that no E.164 number has. */
const numberPattern = /^[0-9#*]{1,15}$/
const digitsPattern = /^\d{1,15}$/
/** INTEGER (2..MAX); no more than fifteen digits can count, and exact as a number. */
const countMax = 1e15 - 1

const contextClass = 3
/** The module of RFC 8226 9 has explicit tags. */
const tag = { spc: 0, range: 1, one: 2 } as const

/**
 * The DER of a TNAuthList, as it stands in the extension. Throws RangeError on an empty list and on
 * what is no Service Provider Code, no number, or no range.
 */
export function encodeTnAuthList(entries: readonly TnEntry[]): Buffer {
  if (entries.length === 0) throw new RangeError('a TNAuthList has one entry at least')
  return Buffer.from(new Sequence({ value: entries.map(encodeEntry) }).toBER())
}

/** The entries of a TNAuthList's DER, or undefined where it is none. Never throws. */
export function decodeTnAuthList(der: Uint8Array): readonly TnEntry[] | undefined {
  if (der.length > listBytesMax) return undefined
  const list = read(der)
  const entries: TnEntry[] = []
  for (const item of list?.valueBlock.value ?? []) {
    const entry = item instanceof Constructed ? decodeEntry(item) : undefined
    if (!entry) return undefined
    entries.push(entry)
  }
  return entries.length > 0 ? entries : undefined
}

/** Whether a number, digits without `+`, is itself in the list; a code names no number. */
export function listsNumber(entries: readonly TnEntry[], digits: string): boolean {
  return entries.some((entry) => {
    if ('spc' in entry) return false
    if ('one' in entry) return entry.one === digits
    if (!digitsPattern.test(digits) || digits.length !== entry.start.length) return false
    const place = Number(digits) - Number(entry.start)
    return place >= 0 && place < entry.count
  })
}

function read(der: Uint8Array): Sequence | undefined {
  try {
    const { offset, result } = fromBER(Uint8Array.from(der).buffer)
    return offset === der.length && result instanceof Sequence ? result : undefined
  } catch {
    // The library throws on some of what is no DER, where it reports the rest as a value.
    return undefined
  }
}

function encodeEntry(entry: TnEntry): Constructed {
  if ('spc' in entry) return tagged(tag.spc, text(entry.spc, spcPattern))
  if ('one' in entry) return tagged(tag.one, text(entry.one, numberPattern))
  const { start, count } = entry
  if (!isRange(start, count)) throw new RangeError('not a range of telephone numbers')
  const value = [text(start, digitsPattern), new Integer({ value: count })]
  return tagged(tag.range, new Sequence({ value }))
}

function decodeEntry({ idBlock, valueBlock }: Constructed): TnEntry | undefined {
  const [inner, ...excess] = valueBlock.value
  if (idBlock.tagClass !== contextClass || excess.length > 0) return undefined
  if (idBlock.tagNumber === tag.range) return decodeRange(inner)
  const value = inner instanceof IA5String ? inner.getValue() : ''
  if (idBlock.tagNumber === tag.spc && spcPattern.test(value)) return { spc: value }
  if (idBlock.tagNumber === tag.one && numberPattern.test(value)) return { one: value }
  return undefined
}

/** What follows the count is an extension that RFC 8226 leaves open, and changes nothing here. */
function decodeRange(inner: unknown): TnEntry | undefined {
  if (!(inner instanceof Sequence)) return undefined
  const [first, second] = inner.valueBlock.value
  if (!(first instanceof IA5String && second instanceof Integer)) return undefined
  const start = first.getValue()
  const count = Number(second.toBigInt())
  return isRange(start, count) ? { start, count } : undefined
}

function isRange(start: string, count: number): boolean {
  return digitsPattern.test(start) && Number.isInteger(count) && count >= 2 && count <= countMax
}

function tagged(tagNumber: number, value: IA5String | Sequence): Constructed {
  return new Constructed({ idBlock: { tagClass: contextClass, tagNumber }, value: [value] })
}

function text(value: string, pattern: RegExp): IA5String {
  if (!pattern.test(value)) throw new RangeError('not a Service Provider Code or a number')
  return new IA5String({ value })
}
