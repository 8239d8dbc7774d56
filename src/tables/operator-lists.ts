import type { ListFile, ListFiles, SuppressionFile } from '../domain/list-file.ts'
import { Failure, messageOf } from '../kernel/failure.ts'
import { type BadLines, type ByteSource, bytesIn, type CsvReport, faultsText } from './csv.ts'
import type { NumberSet } from './number-set.ts'
import { type PrefixRules, readPrefixList } from './prefix-list.ts'
import { type RateDeck, readRateDeck } from './rate-deck.ts'
import { readSuppressionList } from './suppression-list.ts'

/** Numbers that may not be called, and by whom. */
export interface SuppressionList extends SuppressionFile {
  readonly numbers: NumberSet
}

/** What operators have brought, in memory. */
export interface OperatorLists {
  readonly rateDecks: ReadonlyMap<string, RateDeck>
  readonly prefixLists: ReadonlyMap<string, PrefixRules>
  readonly suppressionLists: readonly SuppressionList[]
}

/** No list at all. */
export const noLists: OperatorLists = {
  rateDecks: new Map(),
  prefixLists: new Map(),
  suppressionLists: [],
}

/** Hears of lines that were left out of a file that may have bad ones. */
export type OnSkipped = (file: ListFile, report: CsvReport) => void

/** Reads every declared file; throws a `config_invalid` that tells of all that cannot be used. */
export async function loadLists(files: ListFiles, onSkipped: OnSkipped): Promise<OperatorLists> {
  const reading = new Loading(onSkipped)
  const rateDecks = await reading.all(files.rateDecks, listReaders.rateDecks)
  const prefixLists = await reading.all(files.prefixLists, listReaders.prefixLists)
  const numbers = await reading.all(files.suppressionLists, listReaders.suppressionLists)
  reading.finish()
  const suppressionLists = files.suppressionLists.flatMap((file) => {
    const table = numbers.get(file.id)
    return table ? [{ ...file, numbers: table }] : []
  })
  return { rateDecks, prefixLists, suppressionLists }
}

type Read<Table> = (
  source: ByteSource,
  badLines: BadLines,
) => Promise<{ readonly report: CsvReport; readonly table: Table | undefined }>

/** How the file of each kind of list is read; without a table it cannot be used. */
export const listReaders = {
  rateDecks: async (source: ByteSource, badLines: BadLines) => {
    const { deck: table, report } = await readRateDeck(source, badLines)
    return { report, table }
  },
  prefixLists: async (source: ByteSource, badLines: BadLines) => {
    const { rules: table, report } = await readPrefixList(source, badLines)
    return { report, table }
  },
  suppressionLists: async (source: ByteSource, badLines: BadLines) => {
    const { numbers: table, report } = await readSuppressionList(source, badLines)
    return { report, table }
  },
}

class Loading {
  readonly #onSkipped: OnSkipped
  readonly #problems: string[] = []

  constructor(onSkipped: OnSkipped) {
    this.#onSkipped = onSkipped
  }

  /** One after the other: each file may take much memory while it is read. */
  async all<Table>(files: readonly ListFile[], read: Read<Table>): Promise<Map<string, Table>> {
    const tables = new Map<string, Table>()
    for (const file of files) {
      const table = await this.#one(file, read)
      if (table !== undefined) tables.set(file.id, table)
    }
    return tables
  }

  /** Throws what has been found wrong. */
  finish(): void {
    if (this.#problems.length > 0) throw new Failure('config_invalid', this.#problems.join('\n'))
  }

  async #one<Table>(file: ListFile, read: Read<Table>): Promise<Table | undefined> {
    try {
      const { report, table } = await read(bytesIn(file.path), file.badLines)
      if (table === undefined) {
        this.#problems.push(`${file.path} (${file.id}) has bad lines:\n${faultsText(report)}`)
      } else if (report.linesBad > 0) this.#onSkipped(file, report)
      return table
    } catch (cause) {
      const why = messageOf(cause)
      this.#problems.push(`${file.path} (${file.id}) cannot be read: ${why}`)
      return undefined
    }
  }
}
