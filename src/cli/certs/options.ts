import type { Making, Name, ShakenOrder } from '../../identity/issue-certificate.ts'
import type { TnEntry } from '../../identity/tn-auth-list.ts'
import { systemClock } from '../../kernel/clock.ts'
import { systemRandom } from '../../kernel/random.ts'
import { UsageError } from '../command.ts'
import { list, needed, optional, type Values } from '../line/options.ts'
import { file, type ValueType, word } from '../line/values.ts'
import { readKeyFile } from './files.ts'

const dayMs = 24 * 3_600_000

/** Digits alone, as RFC 8226 9 has them. */
const digits: ValueType<string> = { written: '<number>', read: digitsOf }

const numberRange: ValueType<TnEntry> = {
  written: '<number>:<count>',
  read(text) {
    const [start = '', count = ''] = text.split(':')
    if (/^[1-9]\d{0,8}$/.test(count)) return { start: digitsOf(start), count: Number(count) }
    throw new UsageError('must be a number and a count such as +12125550100:100')
  },
}

const countryCode: ValueType<string> = {
  written: '<country>',
  read(text) {
    if (/^[A-Z]{2}$/.test(text)) return text
    throw new UsageError('must be two capital letters such as US')
  },
}

/** Options that say whom a certificate is for. */
export const orderOptions = {
  spc: optional(word('<code>'), 'The service provider code that it speaks for.'),
  number: list(digits, 'A number that it speaks for.'),
  range: list(numberRange, 'Numbers that it speaks for: the first, and how many.'),
  organization: needed(word('<name>'), 'The organization in it.'),
  country: optional(countryCode, 'The country of the organization.'),
  name: optional(
    word('<common name>'),
    'Its common name; without it, SHAKEN and the first of those.',
  ),
  key: optional(file, 'A private key in PEM to use; without it one is made.'),
} as const

/** What is ordered; throws `UsageError` where it is no order. */
export async function orderFrom(values: Values<typeof orderOptions>): Promise<ShakenOrder> {
  const { spc, number, range, organization, country, key } = values
  const entries: TnEntry[] = [
    ...(spc === undefined ? [] : [{ spc }]),
    ...number.map((one) => ({ one })),
    ...range,
  ]
  const [first] = entries
  if (!first) throw new UsageError('--spc, --number or --range is needed')
  const of = 'spc' in first ? first.spc : 'one' in first ? first.one : first.start
  const name: Name = { country, organization, commonName: values.name ?? `SHAKEN ${of}` }
  return { name, entries, privateKey: key === undefined ? undefined : await readKeyFile(key) }
}

/** What a certificate is made with here. */
export function makingOf(days: number): Making {
  return { nowMs: systemClock().now(), validMs: days * dayMs, random: systemRandom() }
}

function digitsOf(text: string): string {
  const [, digitsAlone] = /^\+?(\d{1,15})$/.exec(text) ?? []
  if (!digitsAlone) throw new UsageError('must be a number such as +12125550100')
  return digitsAlone
}
