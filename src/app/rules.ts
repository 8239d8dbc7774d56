import type { RateOf } from '../admission/checks/price.ts'
import type { Rules } from '../admission/rules.ts'
import { RuleBook } from '../compliance/rule-book.ts'
import { loadCompliance } from '../config/compliance.ts'
import type { SettingValues } from '../config/settings.ts'
import type { ListFiles } from '../domain/list-file.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Logger } from '../kernel/logger.ts'
import { loadGeography } from '../numbering/geography.ts'
import type { Permissions } from '../store/permission-port.ts'
import { loadLists, type OperatorLists } from '../tables/operator-lists.ts'

interface Around {
  readonly values: SettingValues
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Everything that calls are judged by besides their policy, read and worked out now: no call waits
 * for a table. Throws where a file is not as it should be.
 */
export async function openRules(
  { values, clock, logger }: Around,
  files: ListFiles,
  permissions: Permissions,
): Promise<Rules> {
  const law = new RuleBook(loadCompliance(values['compliance.dir']))
  const whereabouts = loadGeography()
  // Numbers of North America that tell no place may be in forty zones; no other number in so many.
  law.warmUp(whereabouts.zonesOf('+1'), clock.now())
  const lists = await loadLists(files, ({ id }, { linesBad, faults }) => {
    logger.warn({ list: id, linesBad, faults: faults.slice(0, faultsLogged) }, 'lines left out')
  })
  return { law, whereabouts, lists, permissions }
}

const faultsLogged = 10

/** The price of a call in its tenant's rate deck. */
export function ratesIn({ rateDecks }: OperatorLists): RateOf {
  return (e164, nowMs, { rateDeck }) =>
    rateDeck === undefined ? undefined : rateDecks.get(rateDeck)?.rate(e164, nowMs)
}
