import { existsSync } from 'node:fs'
import type { AuditOptions } from '../audit/append.ts'
import type { AuditLog } from '../audit/event.ts'
import { openLastingLog } from '../audit/lasting-log.ts'
import { auditPaths } from '../config/audit-paths.ts'
import type { Tenant } from '../domain/tenant.ts'
import type { Doubt } from '../kernel/believed-clock.ts'
import { Failure, messageOf } from '../kernel/failure.ts'
import type { Logger } from '../kernel/logger.ts'
import { readMasterKey } from '../keys/master-key.ts'
import { discardComparison } from '../records/compare-index.ts'
import { holdIndex } from '../records/held-index.ts'
import type { Gone } from '../records/retention.ts'
import { startIndexing } from '../records/start-indexing.ts'
import { kindsOfCalls } from '../sealing/everybody.ts'
import { hasKeyFile, KeyFile } from '../sealing/key-file.ts'
import { monthOf } from '../sealing/month.ts'
import { createSealing } from '../sealing/seal-events.ts'
import type { House } from './house.ts'

const hourMs = 3_600_000
/** Keys of a month are made while the month before still runs: then no call has to wait for them. */
const aheadMs = 48 * hourMs

/** The audit log, with the index that is kept behind it. */
export interface OpenEvidence {
  readonly log: AuditLog
  /** Has the index go by how long tenants now want their data kept. */
  retain(): void
}

/** The audit log, what seals its personal data, and the index that is kept behind it. */
export async function openEvidence(
  { values, clock, random, logger, stack }: House,
  tenants: () => readonly Tenant[],
  options: AuditOptions & {
    readonly onIndexed?: () => void
    /** Hears of data that has had its time by a clock that is not believed. */
    readonly onPostponed?: (doubt: Doubt) => void
  },
): Promise<OpenEvidence> {
  const { dir, keysPath, indexPath, cliDir } = auditPaths(values)
  const masterText = values['credentials.masterKey']
  const masterKey = masterText && readMasterKey(masterText)
  if (!hasKeyFile(keysPath) && existsSync(dir)) {
    logger.warn({ keysPath }, 'no key file: what is sealed in the audit log cannot be read')
  }
  const keys = stack.use(new KeyFile({ path: keysPath, masterKey, random }))
  makeAhead(keys, tenants(), clock.now())
  const timer = clock.every(hourMs, () => tryAhead(keys, tenants(), { clock, logger }))
  stack.defer(() => timer.cancel())
  holdIndexOf({ stack, logger }, indexPath)
  discardLeft(indexPath, cliDir, logger)
  const late: { audit?: AuditLog } = {}
  const terms = () => tenants().map(({ id, retention }) => ({ id, retention }))
  const indexing = stack.use(
    startIndexing({
      settings: {
        auditDir: dir,
        keysPath,
        indexPath,
        masterKey: masterText?.reveal(),
        tenants: terms(),
      },
      clock,
      logger,
      onGone: (gone) => writeGone(late.audit, gone, logger),
      onPostponed: options.onPostponed,
      onKept: options.onIndexed,
    }),
  )
  const prepare = createSealing({ keys, clock, random })
  const audit = stack.use(await openLastingLog({ ...options, prepare }))
  late.audit = audit
  return { log: audit, retain: () => indexing.retain(terms()) }
}

/** Two gates would make one index anew against each other; one that cannot be held at all is told of later. */
function holdIndexOf({ stack, logger }: Pick<House, 'stack' | 'logger'>, indexPath: string): void {
  try {
    stack.use(holdIndex(indexPath))
  } catch (error) {
    if (error instanceof Failure && error.code === 'config_invalid') throw error
    logger.warn({ cause: messageOf(error) }, 'it is not known if another gate uses the index')
  }
}

function discardLeft(indexPath: string, cliDir: string, logger: Logger): void {
  try {
    discardComparison(indexPath, cliDir)
  } catch (error) {
    logger.warn(
      { cause: messageOf(error) },
      'files that a check of the index left could not be removed',
    )
  }
}

function makeAhead(keys: KeyFile, tenants: readonly Tenant[], nowMs: number): void {
  const months = [...new Set([monthOf(nowMs), monthOf(nowMs + aheadMs)])]
  const ids = ['', ...tenants.map(({ id }) => String(id))]
  keys.ensure(
    ids.flatMap((tenant) =>
      months.flatMap((month) => kindsOfCalls.map((kind) => ({ tenant, month, kind }))),
    ),
  )
}

/** What cannot be made ahead now is made by the first call that needs it. */
function tryAhead(
  keys: KeyFile,
  tenants: readonly Tenant[],
  { clock, logger }: Pick<House, 'clock' | 'logger'>,
): void {
  try {
    makeAhead(keys, tenants, clock.now())
  } catch (error) {
    const cause = messageOf(error)
    logger.warn({ cause }, 'keys for personal data could not be made in advance')
  }
}

function writeGone(audit: AuditLog | undefined, gone: readonly Gone[], logger: Logger): void {
  for (const { tenant: tenantId, kind, throughMonth } of gone) {
    audit
      ?.append({ type: 'retention.applied', tenantId, kind, throughMonth })
      .catch((error: unknown) =>
        logger.error({ cause: String(error) }, 'an audit event was not recorded'),
      )
  }
}
