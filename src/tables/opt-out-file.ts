import { type OptOut, optOutScopes } from '../domain/permission.ts'
import { e164Reader, fault, notE164 } from './cells.ts'
import { type BadLines, type ByteSource, type CellFault, type CsvReport, readCsv } from './csv.ts'

/** Opt-outs that one file may have: all are in memory before the first is kept. */
const optOutsMax = 500_000
const sourceCharsMax = 500

export interface OptOutFile {
  readonly report: CsvReport
  /** Undefined where the report is not ok. */
  readonly optOuts: readonly OptOut[] | undefined
}

/** Reads opt-outs: numbers in E.164; of all calls, and heard by `import`, where nothing else is said. */
export async function readOptOuts(
  source: ByteSource,
  terms: Pick<OptOut, 'tenantId' | 'atMs'>,
  badLines: BadLines,
): Promise<OptOutFile> {
  const optOuts: OptOut[] = []
  const e164Of = await e164Reader()
  const take = (cells: readonly string[]): CellFault | undefined => {
    if (optOuts.length >= optOutsMax) return fault('number', `is past ${optOutsMax} opt-outs`)
    const [number = '', scopeText = '', sourceText = ''] = cells
    const e164 = e164Of(number)
    const scope = optOutScopes.find((each) => each === (scopeText || 'all'))
    if (e164 === undefined) return fault('number', notE164)
    if (!scope) return fault('scope', `is none of ${optOutScopes.join(', ')}`)
    if (sourceText.length > sourceCharsMax) return fault('source', 'is too long')
    optOuts.push({ ...terms, e164, scope, source: sourceText || 'import' })
    return undefined
  }
  const columns = { required: ['number'], optional: ['scope', 'source'] }
  const report = await readCsv(source, { ...columns, take }, badLines)
  return { report, optOuts: report.ok ? optOuts : undefined }
}
