import { doubtOf, textOfDoubt } from '../../kernel/believed-clock.ts'
import type { IndexFile } from '../../records/index-file.ts'
import { believedMs, type Gone, overwrite, retainBy } from '../../records/retention.ts'
import { retentionOf } from '../../sealing/expire.ts'
import type { Terminal } from '../command.ts'
import type { RecordsOffice } from './archive.ts'

/** How to have the clock believed. */
export const believeFlag = 'believe-clock'

interface Retaining {
  readonly index: IndexFile | undefined
  readonly terminal: Terminal
  /** Somebody says that the clock is right. */
  readonly believes?: boolean
}

/**
 * Ends what has had its time by the terms of its tenant, and writes down what that was. Where something would
 * have by a clock that is not to be believed by itself, it stays, and `doubted` says so in a sentence.
 */
export async function retain(
  { keys, settings, clock }: RecordsOffice,
  { index, terminal, believes = false }: Retaining,
): Promise<{ readonly gone: readonly Gone[]; readonly doubted: string | undefined }> {
  const files = { keys, index }
  const nowMs = clock.now()
  const retention = retentionOf(settings.directory.tenants)
  const doubt = believes ? undefined : doubtOf(nowMs, believedMs(files, retention, nowMs))
  const moment = { nowMs, isDoubted: doubt !== undefined }
  const { gone, isPostponed } = retainBy(files, retention, moment)
  for (const { tenant: tenantId, kind, throughMonth } of gone) {
    await terminal.record?.({ type: 'retention.applied', tenantId, kind, throughMonth })
  }
  overwrite(files)
  if (!doubt || !isPostponed) return { gone, doubted: undefined }
  const how = `If it is right: tollgate audit expire --${believeFlag}`
  return { gone, doubted: `What would have ended stays: ${textOfDoubt(doubt)}. ${how}` }
}
