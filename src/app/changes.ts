import type { Rules } from '../admission/rules.ts'
import type { SettingValues } from '../config/settings.ts'
import { readTlsFiles } from '../config/tls-files.ts'
import type { ListFiles } from '../domain/list-file.ts'
import type { Engine } from '../engine/start.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Logger } from '../kernel/logger.ts'
import type { OpenApi } from './api.ts'
import type { Catalogue, FollowParts } from './follow.ts'
import { oneAfterTheOther, openReload } from './reload.ts'
import { readRules } from './rules.ts'
import type { Verifying } from './verification.ts'

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
}

/** Goes by every change of what is declared from now on; what comes back reads files again. */
export function followAndReload(house: House, parts: Changeable): () => Promise<void> {
  const { values, logger, stack } = house
  const { catalogue, embedded, rules } = parts
  const inTurn = oneAfterTheOther()
  const rulesOf = (lists: ListFiles) => readRules(house, lists, rules)
  const following = stack.use(catalogue.follow({ ...parts, inTurn, readRules: rulesOf }))
  const reload = openReload(
    {
      ...{ ...parts, logger },
      readTls: () => readTlsFiles(values),
      useTls: embedded && ((files) => embedded.reload(files)),
      readRules: () => rulesOf(catalogue.directory.lists),
    },
    inTurn,
  )
  return async () => {
    await reload()
    await following.again()
  }
}
