import type { RateOf } from '../admission/checks/price.ts'
import { createExplain, type Explained, type Question } from '../admission/explain.ts'
import { type AdmissionParts, type Admit, createAdmission } from '../admission/pipeline.ts'
import type { Rules } from '../admission/rules.ts'
import { RuleBook } from '../compliance/rule-book.ts'
import { loadCompliance } from '../config/compliance.ts'
import type { SettingValues } from '../config/settings.ts'
import type { ComplianceTables } from '../domain/compliance.ts'
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
export function openRules(
  around: Around,
  files: ListFiles,
  permissions: Permissions,
): Promise<Rules> {
  return readRules(around, files, { whereabouts: loadGeography(), permissions })
}

/** The same read again from its files, for what does not come from a file stays as it is. */
export async function readRules(
  { values, clock, logger }: Around,
  files: ListFiles,
  { whereabouts, permissions }: Pick<Rules, 'whereabouts' | 'permissions'>,
): Promise<Rules> {
  const law = new RuleBook(loadCompliance(values['compliance.dir']))
  // Numbers of North America that tell no place may be in forty zones; no other number in so many.
  law.warmUp(whereabouts.zonesOf(northAmerican), clock.now())
  const lists = await loadLists(files, ({ id }, { linesBad, faults }) => {
    logger.warn(
      { list: id, linesBad, faults: faults.slice(0, faultsLogged) },
      'bad lines of a list are left out',
    )
  })
  return { law, whereabouts, lists, permissions }
}

const northAmerican = { e164: '+1', region: 'US', type: 'UNKNOWN' } as const

const faultsLogged = 10

/** How calls are judged, by the rules that hold when one is asked. */
export interface Judgement {
  readonly admit: Admit
  readonly explain: (question: Question) => Promise<Explained>
  readonly rateOf: RateOf
  /** The compliance tables that the next attempt is judged by. */
  readonly law: () => ComplianceTables
  judgeBy(rules: Rules): void
}

/** Admission, and what has further attempts judged by other rules; each goes by one set of them to its end. */
export function openAdmission(
  parts: Omit<AdmissionParts, 'rules' | 'rateOf'>,
  first: Rules,
): Judgement {
  const judging = (rules: Rules) => {
    const rateOf = ratesIn(rules.lists)
    const judged = { ...parts, rules, rateOf }
    const { tables } = rules.law
    return { rateOf, tables, admit: createAdmission(judged), explain: createExplain(judged) }
  }
  let now = judging(first)
  return {
    admit: (attempt) => now.admit(attempt),
    explain: (question) => now.explain(question),
    rateOf: (e164, nowMs, by) => now.rateOf(e164, nowMs, by),
    law: () => now.tables,
    judgeBy: (rules) => {
      now = judging(rules)
    },
  }
}

/** The price of a call in a tenant's or a carrier's rate deck. */
export function ratesIn({ rateDecks }: OperatorLists): RateOf {
  return (e164, nowMs, { rateDeck }) =>
    rateDeck === undefined ? undefined : rateDecks.get(rateDeck)?.rate(e164, nowMs)
}
