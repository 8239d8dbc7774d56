import type { Rules } from '../admission/rules.ts'
import type { Settings } from '../config/load.ts'
import { otherSettings } from '../config/other-settings.ts'
import type { SettingValues } from '../config/settings.ts'
import { readTlsFiles } from '../config/tls-files.ts'
import type { ListFiles } from '../domain/list-file.ts'
import type { Engine } from '../engine/start.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Logger } from '../kernel/logger.ts'
import type { OpenApi } from './api.ts'
import type { Catalogue, FollowParts } from './follow.ts'
import { oneAfterTheOther, reload } from './reload.ts'
import { readRules } from './rules.ts'
import type { ServedCertificates } from './served-certificates.ts'
import type { Verifying } from './verification.ts'
import { whyOf } from './why.ts'

interface House {
  readonly values: SettingValues
  readonly clock: Clock
  readonly logger: Logger
  readonly stack: AsyncDisposableStack
}

interface Changeable extends Omit<FollowParts, 'inTurn' | 'readRules'> {
  readonly catalogue: Catalogue
  readonly embedded: Pick<Engine, 'reload'> | undefined
  readonly rules: Rules
  readonly verifying: Verifying
  readonly api: OpenApi | undefined
  readonly served: ServedCertificates
  readonly readFile: (() => Settings) | undefined
}

/** What a reload has done. */
export interface Reloaded {
  /** Settings that the file has otherwise: they count from the next start. */
  readonly atNextStart: readonly string[]
  /** Keys whose tenant or policy is not declared any more: they are refused. */
  readonly strandedKeys: readonly StrandedKey[]
}

/** A key and what it lacks. */
export interface StrandedKey {
  readonly keyId: string
  readonly reason: string
}

/** Stranded keys that an answer names. */
const strandedTold = 100

/** Goes by every change of what is declared from now on; what comes back reads files again. */
export function followAndReload(house: House, parts: Changeable): () => Promise<Reloaded> {
  const { values, clock, logger, stack } = house
  const { embedded, rules, catalogue, api, served } = parts
  const inTurn = oneAfterTheOther()
  const rulesOf = (lists: ListFiles) => readRules(house, lists, rules)
  const follow = { ...parts, inTurn, readRules: rulesOf }
  stack.use(catalogue.follow(follow))
  const now = async (): Promise<Reloaded> => {
    const file = await reload({
      ...parts,
      next: catalogue.next,
      goBy: (next, fresh) => catalogue.goBy(next, fresh, follow),
      readTls: () => readTlsFiles(values),
      useTls:
        embedded &&
        (async (files) => {
          await embedded.reload(files)
          served.useSip(files)
        }),
      api: api && {
        readTls: () => api.readTls(),
        useTls: (tls) => {
          api.useTls(tls)
          served.useApi(tls)
        },
      },
      readRules: rulesOf,
    })
    const atNextStart = file ? otherSettings(values, file.values) : []
    logger.info({}, 'settings, certificates, lists and tables of law have been read again')
    if (atNextStart.length > 0) {
      logger.warn({ settings: atNextStart }, 'these settings take effect at the next start')
    }
    const stranded = (await catalogue.stranded()).slice(0, strandedTold)
    return {
      atNextStart,
      strandedKeys: stranded.map(({ id: keyId, reason }) => ({ keyId, reason })),
    }
  }
  return async () => {
    let done: Reloaded = { atNextStart: [], strandedKeys: [] }
    try {
      await inTurn(async () => {
        done = await now()
      })
    } catch (error) {
      const figures = { why: whyOf(error) }
      logger.error(figures, 'the reload failed: nothing of it is used')
      parts.alerts.raise({ kind: 'reload_refused', atMs: clock.now(), figures })
      throw error
    }
    return done
  }
}
