import { isCallClass } from '../domain/call-class.ts'
import type { Consent } from '../domain/permission.ts'
import type { TenantId } from '../domain/tenant.ts'
import { type E164Reader, e164Reader, fault, notE164, notMoment } from './cells.ts'
import { type BadLines, type ByteSource, type CellFault, type CsvReport, readCsv } from './csv.ts'
import { momentOf } from './moment.ts'

/** Consents that one file may have: all are in memory before the first is kept. */
const consentsMax = 500_000
const idPattern = /^[\x21-\x7e]{1,100}$/
const textCharsMax = 500

export interface ConsentFile {
  readonly report: CsvReport
  /** Undefined where the report is not ok. */
  readonly consents: readonly Consent[] | undefined
}

const columns = {
  required: ['id', 'number', 'purpose', 'how', 'given_at', 'evidence'],
  optional: ['expires_at'],
} as const

/** Reads a tenant's consents: numbers in E.164, dates (midnight UTC) or moments with their offset. */
export async function readConsents(
  source: ByteSource,
  tenantId: TenantId,
  badLines: BadLines,
): Promise<ConsentFile> {
  const consents: Consent[] = []
  const e164Of = await e164Reader()
  const take = (cells: readonly string[]): CellFault | undefined => {
    if (consents.length >= consentsMax) return fault('id', `is past ${consentsMax} consents`)
    const consent = consentFrom(cells, { tenantId, e164Of })
    if ('reason' in consent) return consent
    consents.push(consent)
    return undefined
  }
  const report = await readCsv(source, { ...columns, take }, badLines)
  return { report, consents: report.ok ? consents : undefined }
}

interface ConsentTerms {
  readonly tenantId: TenantId
  readonly e164Of: E164Reader
}

/** A tenant's consent from its cells, in the order of the columns; or the first that is not as it should be. */
export function consentFrom(
  cells: readonly string[],
  { tenantId, e164Of }: ConsentTerms,
): Consent | CellFault {
  const [id = '', number = '', purpose = '', how = '', givenAt = '', evidence = '', expires = ''] =
    cells
  const e164 = e164Of(number)
  const givenAtMs = momentOf(givenAt)
  const expiresAtMs = expires === '' ? undefined : momentOf(expires)
  if (!idPattern.test(id)) return fault('id', 'is not 1 to 100 visible characters')
  if (e164 === undefined) return fault('number', notE164)
  if (!isCallClass(purpose)) return fault('purpose', 'is not a call class')
  if (how.length > textCharsMax) return fault('how', `is longer than ${textCharsMax} characters`)
  if (givenAtMs === undefined) return fault('given_at', notMoment)
  if (evidence.length > textCharsMax) return fault('evidence', `is longer than ${textCharsMax}`)
  if (expires !== '' && expiresAtMs === undefined) return fault('expires_at', notMoment)
  if (expiresAtMs !== undefined && expiresAtMs <= givenAtMs) {
    return fault('expires_at', 'is not after given_at')
  }
  const given = { id, tenantId, e164, purpose, how, givenAtMs, evidence }
  return { ...given, expiresAtMs, revokedAtMs: undefined }
}
