import { isIP } from 'node:net'
import { isDate } from '../../tables/moment.ts'
import { UsageError } from '../command.ts'

/** What a shell offers where a value is to be typed. */
export type Offer = 'files' | 'directories' | readonly string[]

/** A kind of value of the command line: how it is written, and how it is read. */
export interface ValueType<Value> {
  /** As it stands in usage lines: `<id>`. */
  readonly written: string
  readonly offers?: Offer | undefined
  /** Throws `UsageError` with what it must be, as in `must be a whole number`; never quotes it. */
  read(text: string): Value
}

/** Any text, also none. */
export function anyText(written: string): ValueType<string> {
  return { written, read: (text) => text }
}

/** Text that is not empty. */
export function word(written: string, offers?: Offer): ValueType<string> {
  return {
    written,
    offers,
    read(text) {
      if (text === '') throw new UsageError('must not be empty')
      return text
    },
  }
}

/** A file that is there or will be. */
export const file = word('<file>', 'files')

/** A folder that is there or will be. */
export const directory = word('<directory>', 'directories')

/** One of a few words. */
export function choice<const Word extends string>(words: readonly Word[]): ValueType<Word> {
  return {
    written: `<${words.join('|')}>`,
    offers: words,
    read(text) {
      const found = words.find((each) => each === text)
      if (found === undefined) throw new UsageError(`must be one of ${words.join(', ')}`)
      return found
    },
  }
}

/** A moment such as 2027-01-31T09:00:00Z, in milliseconds. */
export const moment: ValueType<number> = {
  written: '<moment>',
  read(text) {
    // What is no day of the calendar, `Date.parse` takes for one of the next month.
    const atMs = isDate(text.slice(0, 'YYYY-MM-DD'.length)) ? Date.parse(text) : Number.NaN
    if (/^\d{4}-\d\d-\d\dT.+(?:Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(atMs)) return atMs
    throw new UsageError('must be a moment such as 2027-01-31T09:00:00Z')
  },
}

/** One address, IPv4 or IPv6. */
export const ipAddress: ValueType<string> = {
  written: '<address>',
  read(text) {
    if (isIP(text) > 0) return text
    throw new UsageError('must be an IP address')
  },
}

/** A whole number from `min` up. */
export function wholeNumber(written: string, min = 0): ValueType<number> {
  const from = min === 0 ? '' : ` from ${min} up`
  return {
    written,
    read(text) {
      if (/^\d{1,9}$/.test(text) && Number(text) >= min) return Number(text)
      throw new UsageError(`must be a whole number${from}`)
    },
  }
}

/** Schemas of settings, as far as they are used here. */
interface Schema<Value> {
  safeParse(text: string): {
    readonly success: boolean
    readonly data?: Value
    readonly error?: { readonly issues: readonly { readonly message: string }[] }
  }
}

/** What a setting of that kind may be. */
export function checked<Value>(written: string, schema: Schema<Value>): ValueType<Value> {
  return {
    written,
    read(text) {
      const { data, error } = schema.safeParse(text)
      if (data === undefined) throw new UsageError(error?.issues[0]?.message ?? 'is not usable')
      return data
    },
  }
}
