import { isDeepStrictEqual } from 'node:util'
import type { Rules } from '../admission/rules.ts'
import type { AuditLog } from '../audit/event.ts'
import type { CallRegistry } from '../call/registry.ts'
import { declarationsOf } from '../config/declaration-texts.ts'
import type { DeclaredDirectory } from '../config/directory.ts'
import type { Settings } from '../config/load.ts'
import { type Declared, openDeclared } from '../declared/declared.ts'
import type { Alerts } from '../domain/alert.ts'
import type { ListFiles } from '../domain/list-file.ts'
import type { RefusalCatalogue } from '../domain/refusals.ts'
import type { Tenant } from '../domain/tenant.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Logger } from '../kernel/logger.ts'
import type { Store } from '../store/port.ts'
import { appendChanges, changesOf } from './config-changes.ts'
import type { Identity } from './identity.ts'
import type { InTurn } from './reload.ts'

/** Of the reason why what is declared cannot be used. */
const whyCharsMax = 400

/** The parts of a gate that go by what is declared. */
export interface FollowParts {
  readonly store: Pick<Store, 'redeclare' | 'directory'>
  readonly audit: Pick<AuditLog, 'append'>
  readonly alerts: Alerts
  readonly registry: Pick<CallRegistry, 'hangUp'>
  readonly identity: Pick<Identity, 'read' | 'use'>
  readRules(lists: ListFiles): Promise<Rules>
  judgeBy(rules: Rules): void
  /** One after the other with whatever else changes the gate. */
  readonly inTurn: InTurn
}

/** What is declared, and what of it this gate goes by. */
export interface Catalogue {
  readonly declared: Declared
  /** The settings with everything that was changed, as this gate goes by them. */
  readonly settings: Settings
  readonly directory: DeclaredDirectory
  /** How refused calls are answered: always this one object. */
  readonly refusals: RefusalCatalogue
  /** Has these parts go by every further change, until disposed of. */
  follow(parts: FollowParts): Following
}

/** A gate that follows. */
export interface Following extends AsyncDisposable {
  /** Tries once more where the last change could not be used; rejects where it still cannot. */
  again(): Promise<void>
}

interface Around {
  readonly clock: Clock
  readonly logger: Logger
}

/** Opens what is declared; throws `config_invalid` where the file contradicts what was changed. */
export function openCatalogue(around: Around, file: Settings, store: Store): Catalogue {
  const { clock, logger } = around
  const declared = openDeclared({ settings: file, store, clock })
  let { revision } = declared.whole()
  let settings = declared.settings()
  if (settings !== file) store.redeclare(settings.directory)
  const refusals = { ...settings.directory.refusals }

  const goBy = async (parts: FollowParts): Promise<void> => {
    const newest = declared.whole().revision
    if (newest === revision) return
    const [before, next] = [settings, declared.settings()]
    const { directory } = next
    const isSame = (one: keyof DeclaredDirectory) =>
      isDeepStrictEqual(before.directory[one], directory[one])
    // All of it is read before any is used, so that a bad file leaves all as it was.
    const rules = isSame('lists') ? undefined : await parts.readRules(directory.lists)
    const identity = isSame('identities')
      ? undefined
      : await parts.identity.read(directory.identities)
    parts.store.redeclare(directory)
    Object.assign(refusals, directory.refusals)
    if (rules) parts.judgeBy(rules)
    if (identity) parts.identity.use(identity)
    ;[settings, revision] = [next, newest]
    await endCallsOf(before.directory.tenants, parts, logger)
    logger.info({ revision }, 'what is declared has changed')
    const known = declarationsOf(before).map(
      (each) => [`${each.subject} ${each.id}`, each] as const,
    )
    await appendChanges(parts.audit, changesOf(declarationsOf(next), new Map(known)))
  }

  return {
    declared,
    get settings() {
      return settings
    },
    get directory() {
      return settings.directory
    },
    refusals,
    follow: (parts) => {
      let last: Promise<void> = Promise.resolve()
      const go = () => {
        last = parts
          .inTurn(() => goBy(parts))
          .catch((error: unknown) => {
            const why = (error instanceof Error ? error.message : String(error)).slice(
              0,
              whyCharsMax,
            )
            const figures = { revision: declared.whole().revision, why }
            logger.error(figures, 'what was declared cannot be used')
            parts.alerts.raise({ kind: 'declaration_unusable', atMs: clock.now(), figures })
          })
      }
      const watching = declared.watch(go)
      // What was changed while the gate was starting.
      go()
      return {
        again: () => parts.inTurn(() => goBy(parts)),
        [Symbol.asyncDispose]: async () => {
          watching[Symbol.dispose]()
          await last
        },
      }
    },
  }
}

/** Calls of tenants that are suspended or gone end as those of revoked keys do; all others go on. */
async function endCallsOf(
  tenants: readonly Tenant[],
  { store, registry }: FollowParts,
  logger: Logger,
): Promise<void> {
  for (const { id: tenantId } of tenants) {
    const now = await store.directory.findTenant(tenantId)
    if (now?.status === 'active') continue
    const ended = registry.hangUp('tenant_suspended', { tenantId })
    if (ended > 0) logger.warn({ tenantId, ended }, 'the calls of a tenant are ended')
  }
}
