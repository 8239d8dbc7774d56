import { keptAtOnceMax } from '../../audit/state-changed.ts'
import { type CsvReport, faultsText } from '../../tables/csv.ts'
import { printable, type Terminal } from '../command.ts'
import { flag } from '../line/options.ts'
import { Progress } from '../line/progress.ts'

/** How much of a file is read: some fifteen million numbers. */
export const importBytesMax = 256 * 1024 * 1024

/** What to do about lines that cannot be used. */
export const skipOption = flag(
  'Skip lines that cannot be used; without it, one such line and nothing is kept.',
)

/** As `readConsents` and `readOptOuts` are asked. */
export function badLinesOf(skip: boolean): 'skip' | 'refuse' {
  return skip ? 'skip' : 'refuse'
}

/** Tells the lines that cannot be used. */
export function tellFaults(path: string, report: CsvReport, terminal: Terminal): void {
  if (report.linesBad === 0) return
  terminal.err(printable(`${path} has bad lines:`))
  for (const line of faultsText(report).split('\n')) terminal.err(printable(line))
}

/** Keeps what was read step by step, and shows how far that is. */
export async function keepInSteps<Item>(
  items: readonly Item[],
  { unit, terminal }: { readonly unit: string; readonly terminal: Terminal },
  keep: (step: readonly Item[]) => Promise<void>,
): Promise<void> {
  using progress = new Progress(terminal, unit)
  for (let at = 0; at < items.length; at += keptAtOnceMax) {
    await keep(items.slice(at, at + keptAtOnceMax))
    progress.show(Math.min(items.length, at + keptAtOnceMax), items.length)
  }
}
