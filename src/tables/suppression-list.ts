import { e164Reader, fault, notE164 } from './cells.ts'
import { type BadLines, type ByteSource, type CsvReport, readCsv } from './csv.ts'
import { type NumberSet, NumberSetBuilder } from './number-set.ts'

/** Numbers that a list may have: 4 bytes each once read, 12 while it is read. */
const numbersMax = 20_000_000

export interface NumberList {
  readonly report: CsvReport
  /** Undefined where the report is not ok. */
  readonly numbers: NumberSet | undefined
}

/** Reads a list of numbers nobody may call: one column, `number`, in E.164 with or without `+`. */
export async function readSuppressionList(
  source: ByteSource,
  badLines: BadLines,
): Promise<NumberList> {
  const builder = new NumberSetBuilder()
  let left = numbersMax
  const e164Of = await e164Reader()
  const take = ([number = '']: readonly string[]) => {
    if (left-- <= 0) return { column: 'number', reason: `is past ${numbersMax} numbers` }
    const e164 = e164Of(number)
    return e164 && builder.add(e164) ? undefined : fault('number', notE164)
  }
  const report = await readCsv(source, { required: ['number'], optional: [], take }, badLines)
  return { report, numbers: report.ok ? builder.build() : undefined }
}
