import type { Making, Name, ShakenOrder } from '../../identity/issue-certificate.ts'
import type { TnEntry } from '../../identity/tn-auth-list.ts'
import { systemClock } from '../../kernel/clock.ts'
import { systemRandom } from '../../kernel/random.ts'
import { wholeNumber } from '../arguments.ts'
import { UsageError } from '../command.ts'
import { readKeyFile } from './files.ts'

const dayMs = 24 * 3_600_000

/** Options that say whom a certificate is for. */
export const orderOptions = {
  spc: { type: 'string' },
  number: { type: 'string', multiple: true },
  range: { type: 'string', multiple: true },
  organization: { type: 'string' },
  country: { type: 'string' },
  name: { type: 'string' },
  key: { type: 'string' },
} as const

/** The same in words. */
export const orderUsage =
  '[--spc <code>] [--number <+12125550100>]... [--range <+12125550100>:<count>]... --organization <name> [--country <US>] [--name <common name>] [--key <file>]'

interface OrderValues {
  readonly spc?: string | undefined
  readonly number?: readonly string[] | undefined
  readonly range?: readonly string[] | undefined
  readonly organization?: string | undefined
  readonly country?: string | undefined
  readonly name?: string | undefined
  readonly key?: string | undefined
}

/** What is ordered; throws `UsageError` where it is no order. */
export function orderFrom(values: OrderValues): ShakenOrder {
  const { spc, number = [], range = [], country, key } = values
  const organization = needed('organization', values.organization)
  const entries: TnEntry[] = [
    ...(spc === undefined ? [] : [{ spc }]),
    ...number.map((one) => ({ one: digitsOf(one) })),
    ...range.map(rangeFrom),
  ]
  if (entries.length === 0) throw new UsageError('--spc, --number or --range is needed')
  if (country !== undefined && !/^[A-Z]{2}$/.test(country)) {
    throw new UsageError('--country is two capital letters')
  }
  const commonName = values.name ?? `SHAKEN ${spc ?? digitsOf(number[0] ?? range[0] ?? '')}`
  const name: Name = { country, organization, commonName }
  return { name, entries, privateKey: readKeyFile(key) }
}

/** What a certificate is made with here. */
export function makingOf(days: string): Making {
  const validMs = wholeNumber('days', days) * dayMs
  if (validMs === 0) throw new UsageError('--days is 1 at least')
  return { nowMs: systemClock().now(), validMs, random: systemRandom() }
}

/** An option that cannot be left out. */
export function needed(option: string, value: string | undefined): string {
  if (value === undefined || value === '') throw new UsageError(`--${option} is needed`)
  return value
}

function rangeFrom(text: string): TnEntry {
  const [start = '', count = ''] = text.split(':')
  return { start: digitsOf(start), count: wholeNumber('range', count) }
}

/** RFC 8226 9 has digits alone. */
function digitsOf(text: string): string {
  const [, digits] = /^\+?(\d{1,15})(?::|$)/.exec(text) ?? []
  if (!digits) throw new UsageError(`${text} is no number such as +12125550100`)
  return digits
}
