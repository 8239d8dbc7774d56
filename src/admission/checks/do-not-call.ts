import { Failure } from '../../kernel/failure.ts'
import type { PermissionQuestion } from '../../store/permission-port.ts'
import type { OperatorLists, SuppressionList } from '../../tables/operator-lists.ts'
import { askStore, type StorePatience } from '../ask-store.ts'
import { isAskedWithLimits, optedOut, type Taker } from '../asked-permission.ts'
import { type Check, type Dossier, pass, stop } from '../check.ts'
import { permissionQuestion } from '../permission-question.ts'
import type { Rules } from '../rules.ts'

/** The number is on no suppression list, and its owner has not opted out. */
export function doNotCall(
  { lists, permissions }: Rules,
  limiter: Taker,
  patience: StorePatience,
): Check {
  return {
    name: 'do_not_call',
    run: async (dossier) => {
      const question = permissionQuestion(dossier)
      const list = listWith(question, lists)
      if (list) return stop('do_not_call', { list: list.id })
      const passed = { lists: lists.suppressionLists.length }
      if (isAskedWithLimits(limiter, dossier)) {
        dossier.asked = { question, ...passed }
        return pass(passed)
      }
      const optOut = await askStore(patience, () => permissions.findOptOut(question)).catch(
        (error: unknown): 'unknown' => {
          if (goesOnWithout(dossier, error)) return 'unknown'
          throw error
        },
      )
      if (optOut === 'unknown') return pass({ optOuts: optOut })
      return optOut ? optedOut(optOut) : pass(passed)
    },
  }
}

/**
 * Where a policy rather calls without the store than not at all, opt-outs that cannot be asked for stop
 * marketing alone: it is what people opt out of, and what costs whoever calls them nevertheless.
 */
function goesOnWithout({ policy, callClass }: Dossier, error: unknown): boolean {
  const isLost = error instanceof Failure && error.code === 'store_unavailable'
  return isLost && policy?.whenStoreLost === 'local' && callClass !== 'marketing'
}

function listWith(
  { tenantId, e164, callClass }: PermissionQuestion,
  { suppressionLists }: OperatorLists,
): SuppressionList | undefined {
  return suppressionLists.find(
    (list) =>
      (list.tenantId === undefined || list.tenantId === tenantId) &&
      list.classes.includes(callClass) &&
      list.numbers.has(e164),
  )
}
