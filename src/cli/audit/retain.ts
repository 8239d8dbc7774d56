import type { IndexFile } from '../../records/index-file.ts'
import { applyRetention, type Gone, overwrite } from '../../records/retention.ts'
import { retentionOf } from '../../sealing/expire.ts'
import type { Terminal } from '../command.ts'
import type { RecordsOffice } from './archive.ts'

/** Ends what has had its time by the terms of its tenant, and writes down what that was. */
export async function retain(
  { keys, settings, clock }: RecordsOffice,
  index: IndexFile | undefined,
  terminal: Terminal,
): Promise<readonly Gone[]> {
  const files = { keys, index }
  const gone = applyRetention(files, retentionOf(settings.directory.tenants), clock.now())
  for (const { tenant: tenantId, kind, throughMonth } of gone) {
    await terminal.record?.({ type: 'retention.applied', tenantId, kind, throughMonth })
  }
  overwrite(files)
  return gone
}
