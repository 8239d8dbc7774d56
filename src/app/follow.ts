import { isDeepStrictEqual } from 'node:util'
import type { Rules } from '../admission/rules.ts'
import type { AuditLog } from '../audit/event.ts'
import type { CallRegistry } from '../call/registry.ts'
import { declarationsOf } from '../config/declaration-texts.ts'
import type { DeclaredDirectory } from '../config/directory.ts'
import type { Settings } from '../config/load.ts'
import { type Declared, type EntryProblem, openDeclared } from '../declared/declared.ts'
import { type HeldEntry, heldLines } from '../declared/held.ts'
import { strandedKeys } from '../declared/references.ts'
import type { Alerts } from '../domain/alert.ts'
import type { ListFiles } from '../domain/list-file.ts'
import type { RefusalCatalogue } from '../domain/refusals.ts'
import type { Tenant } from '../domain/tenant.ts'
import type { Clock } from '../kernel/clock.ts'
import { Failure } from '../kernel/failure.ts'
import type { Logger } from '../kernel/logger.ts'
import type { Store } from '../store/port.ts'
import { appendChanges, changesOf } from './config-changes.ts'
import { type FreshKeys, keysOf } from './fresh-keys.ts'
import type { Identity, IdentityRead } from './identity.ts'
import type { InTurn } from './reload.ts'
import { whyOf } from './why.ts'

/** The parts of a gate that go by what is declared. */
export interface FollowParts {
  readonly store: Pick<Store, 'redeclare' | 'directory'>
  readonly audit: Pick<AuditLog, 'append'>
  readonly alerts: Alerts
  readonly registry: Pick<CallRegistry, 'hangUp'>
  readonly identity: Pick<Identity, 'read' | 'use'>
  /** Has what is kept go by how long tenants now want it kept. */
  retain(): void
  readRules(lists: ListFiles): Promise<Rules>
  judgeBy(rules: Rules): void
  /** One after the other with whatever else changes the gate. */
  readonly inTurn: InTurn
}

/** What is declared, as a gate could go by it. */
export interface Next {
  readonly revision: number
  readonly file: Settings
  /** With everything that was changed at run time. */
  readonly settings: Settings
}

/** What was read for it from other files, and found good; undefined: as it was. */
export interface Fresh {
  readonly rules: Rules | undefined
  readonly identity: IdentityRead | undefined
}

/** What is declared, and what of it this gate goes by. */
export interface Catalogue {
  readonly declared: Declared
  /** The settings with everything that was changed, as this gate goes by them. */
  readonly settings: Settings
  readonly directory: DeclaredDirectory
  /** How refused calls are answered: always this one object. */
  readonly refusals: RefusalCatalogue
  /**
   * What there is to go by now, of the file or of a later reading of it; nothing changes by asking. Throws
   * `config_invalid` where it contradicts what was changed at run time, or asks for what only a start does.
   */
  next(file?: Settings): Next
  /** Keys in use whose tenant or policy is not among what is declared, and what each lacks. */
  stranded(): Promise<readonly EntryProblem[]>
  /** Goes by it from the next question on. */
  goBy(next: Next, fresh: Fresh, parts: FollowParts): Promise<void>
  /** Has these parts go by every further change, until disposed of. */
  follow(parts: FollowParts): AsyncDisposable
}

interface Around {
  readonly clock: Clock
  readonly logger: Logger
}

/** Opens what is declared; throws `config_invalid` where the file contradicts what was changed. */
export function openCatalogue(
  { clock, logger }: Around,
  file: Settings,
  store: Store,
  minted: FreshKeys = new Map(),
): Catalogue {
  const declared = openDeclared({ settings: file, store, clock })
  let { revision } = declared.whole()
  let settings = declared.settings()
  if (settings !== file) store.redeclare(settings.directory)
  const refusals = { ...settings.directory.refusals }
  warnOfHeld(declared.held(), logger)

  const next = (read = declared.file): Next => {
    // As a file is for a moment that is written anew; by it every tenant's calls would end.
    if (read.entries.size === 0 && declared.file.entries.size > 0) {
      throw new Failure('config_invalid', 'the file no longer declares anything')
    }
    const now = declared.settings(read)
    keysOf(now.directory, minted)
    // Values are those of the start.
    const other = { ...now, values: file.values }
    return { revision: declared.whole().revision, file: read, settings: other }
  }

  const stranded = async () =>
    strandedKeys({ directory: settings.directory, keys: await store.keys.allKeys() })

  const goBy = async (wanted: Next, fresh: Fresh, parts: FollowParts): Promise<void> => {
    const before = settings
    const { directory } = wanted.settings
    const isOtherFile = wanted.file !== declared.file
    ;[settings, revision] = [wanted.settings, wanted.revision]
    declared.useFile(wanted.file)
    const { keys: _, ...others } = directory
    parts.store.redeclare(isOtherFile ? { ...others, keys: keysOf(directory, minted) } : others)
    Object.assign(refusals, directory.refusals)
    if (fresh.rules) parts.judgeBy(fresh.rules)
    if (fresh.identity) parts.identity.use(fresh.identity)
    parts.retain()
    await endCallsOf(before.directory.tenants, parts, logger)
    logger.info({ revision }, 'what is declared has changed')
    await writeDown(before, settings, parts)
    warnOf(await stranded(), logger)
    warnOfHeld(declared.held(), logger)
  }

  /** All of it is read before any is used, so that a bad file leaves all as it was. */
  const catchUp = async (parts: FollowParts): Promise<void> => {
    if (declared.whole().revision === revision) return
    const wanted = next()
    const { directory } = wanted.settings
    const isSame = (one: keyof DeclaredDirectory) =>
      isDeepStrictEqual(settings.directory[one], directory[one])
    const rules = isSame('lists') ? undefined : await parts.readRules(directory.lists)
    const identity = isSame('identities')
      ? undefined
      : await parts.identity.read(directory.identities)
    await goBy(wanted, { rules, identity }, parts)
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
    next,
    goBy,
    stranded,
    follow: (parts) => {
      const tell = (error: unknown) => {
        const figures = { revision: declared.whole().revision, why: whyOf(error) }
        logger.error(figures, 'declared entries cannot be used')
        parts.alerts.raise({ kind: 'declaration_unusable', atMs: clock.now(), figures })
      }
      if (declared.held().length > 0) tell(new Error(heldLines(declared.held()).join('; ')))
      return following(declared, () => parts.inTurn(() => catchUp(parts)).catch(tell))
    },
  }
}

/** Goes on at every change, and at once: something may have changed while the gate was starting. */
function following(declared: Declared, catchUp: () => Promise<void>): AsyncDisposable {
  let last = catchUp()
  const watching = declared.watch(() => {
    last = catchUp()
  })
  return {
    [Symbol.asyncDispose]: async () => {
      watching[Symbol.dispose]()
      await last
    },
  }
}

/** A file may lack what keys that were made at run time need: it is taken, and they are named. */
function warnOf(stranded: readonly EntryProblem[], logger: Logger): void {
  if (stranded.length === 0) return
  const why = stranded.slice(0, strandedLogged).map(({ path, reason }) => `${path}: ${reason}`)
  logger.warn(
    { count: stranded.length, why },
    'keys whose tenant or policy is not declared are refused',
  )
}

const strandedLogged = 20

/** What another version has taken stays, and no call passes by it until it is changed again. */
function warnOfHeld(held: readonly HeldEntry[], logger: Logger): void {
  if (held.length === 0) return
  logger.warn(
    { count: held.length, why: heldLines(held) },
    'calls that need unusable entries are refused',
  )
}

/** One event for everything that is other than it was. */
async function writeDown(
  before: Settings,
  now: Settings,
  { audit }: Pick<FollowParts, 'audit'>,
): Promise<void> {
  const known = declarationsOf(before).map((each) => [`${each.subject} ${each.id}`, each] as const)
  await appendChanges(audit, changesOf(declarationsOf(now), new Map(known)))
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
