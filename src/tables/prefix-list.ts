import { type BadLines, type ByteSource, type CsvReport, readCsv } from './csv.ts'
import { digitsMax } from './digits.ts'
import { isDate } from './moment.ts'
import { type PrefixTable, PrefixTableBuilder } from './prefix-table.ts'

/** Whether numbers below a prefix may be called. */
export type PrefixEffect = 'allow' | 'deny'

/** The prefix that decided, and who says so. */
export interface PrefixVerdict {
  readonly effect: PrefixEffect
  readonly prefix: string
  /** Where the prefix comes from, as the list says. */
  readonly source: string
  /** ISO 8601 date at which the source said it; empty where it does not tell. */
  readonly date: string
}

/** Prefixes that are allowed or denied: the longest decides, and of equal ones `deny`. */
export interface PrefixRules {
  readonly size: number
  /** What the longest prefix of the number says; undefined where none fits. */
  verdict(e164: string): PrefixVerdict | undefined
}

export interface PrefixListReading {
  readonly report: CsvReport
  /** Undefined where the report is not ok. */
  readonly rules: PrefixRules | undefined
}

/** Sources that one list may name; each row keeps the number of its own. */
const originsMax = 10_000
const prefixesMax = 4_000_000
const prefixPattern = new RegExp(`^\\+?[1-9]\\d{0,${digitsMax - 1}}$`)

/** Collects prefixes with what they mean. */
export class PrefixRulesBuilder {
  readonly #allowed = new PrefixTableBuilder()
  readonly #denied = new PrefixTableBuilder()
  readonly #origins: Pick<PrefixVerdict, 'source' | 'date'>[] = []
  readonly #numbers = new Map<string, number>()

  /** Why the prefix cannot be taken; undefined where it was. */
  add({ effect, prefix, source, date }: PrefixVerdict): string | undefined {
    if (!prefixPattern.test(prefix)) return 'is not a prefix of E.164 numbers'
    if (this.#allowed.size + this.#denied.size >= prefixesMax) return `is past ${prefixesMax} rows`
    const origin = this.#originOf(source, date)
    if (origin === undefined) return `is past ${originsMax} different sources and dates`
    const table = effect === 'allow' ? this.#allowed : this.#denied
    table.add(prefix, (origin << lengthBits) | digitsOf(prefix))
    return undefined
  }

  build(): PrefixRules {
    const allowed = this.#allowed.build()
    const denied = this.#denied.build()
    const origins = this.#origins
    return {
      size: allowed.size + denied.size,
      verdict: (e164) => longer(e164, { allowed, denied, origins }),
    }
  }

  #originOf(source: string, date: string): number | undefined {
    const name = `${date} ${source}`
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    if (this.#origins.length >= originsMax) return undefined
    this.#numbers.set(name, this.#origins.length)
    return this.#origins.push({ source, date }) - 1
  }
}

/** A value holds the number of its origin and, in these low bits, how many digits its prefix has. */
const lengthBits = 4
const lengthMask = 2 ** lengthBits - 1

function digitsOf(prefix: string): number {
  return prefix.length - (prefix.startsWith('+') ? 1 : 0)
}

interface Sides {
  readonly allowed: PrefixTable
  readonly denied: PrefixTable
  readonly origins: readonly Pick<PrefixVerdict, 'source' | 'date'>[]
}

function longer(e164: string, { allowed, denied, origins }: Sides): PrefixVerdict | undefined {
  const allow = allowed.find(e164)
  const deny = denied.find(e164)
  if (allow === undefined && deny === undefined) return undefined
  // Of equal length, deny wins.
  const allows = (allow ?? 0) % (lengthMask + 1) > (deny ?? 0) % (lengthMask + 1)
  const value = (allows ? allow : deny) ?? 0
  const plus = e164.startsWith('+') ? 1 : 0
  return {
    effect: allows ? 'allow' : 'deny',
    prefix: e164.slice(0, plus + (value & lengthMask)),
    ...(origins[value >>> lengthBits] ?? { source: '', date: '' }),
  }
}

/**
 * Reads prefixes that are allowed or denied: columns `prefix`, and where the file has them `effect`
 * (`allow`, `deny`; `deny` where empty), `source` and `date`. So ranges known for fraud come in.
 */
export async function readPrefixList(
  source: ByteSource,
  badLines: BadLines,
): Promise<PrefixListReading> {
  const builder = new PrefixRulesBuilder()
  const take = ([prefix = '', effect = '', origin = '', date = '']: readonly string[]) => {
    if (effect !== '' && effect !== 'allow' && effect !== 'deny') {
      return { column: 'effect', reason: 'is neither allow nor deny' }
    }
    if (date !== '' && !isDate(date)) return { column: 'date', reason: 'is not YYYY-MM-DD' }
    const row = { effect: effect || 'deny', prefix, source: origin, date } as const
    const reason = builder.add(row)
    return reason === undefined ? undefined : { column: 'prefix', reason }
  }
  const form = { required: ['prefix'], optional: ['effect', 'source', 'date'], take }
  const report = await readCsv(source, form, badLines)
  return { report, rules: report.ok ? builder.build() : undefined }
}
