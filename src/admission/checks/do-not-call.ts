import type { PermissionQuestion } from '../../store/permission-port.ts'
import type { OperatorLists, SuppressionList } from '../../tables/operator-lists.ts'
import { askStore, type StorePatience } from '../ask-store.ts'
import { type Check, pass, stop } from '../check.ts'
import { permissionQuestion } from '../permission-question.ts'
import type { Rules } from '../rules.ts'

/** The number is on no suppression list, and its owner has not opted out. */
export function doNotCall({ lists, permissions }: Rules, patience: StorePatience): Check {
  return {
    name: 'do_not_call',
    run: async (dossier) => {
      const question = permissionQuestion(dossier)
      const list = listWith(question, lists)
      if (list) return stop('do_not_call', { list: list.id })
      const optOut = await askStore(patience, () => permissions.findOptOut(question))
      if (!optOut) return pass({ lists: lists.suppressionLists.length })
      const { scope, atMs, source } = optOut
      return stop('do_not_call', { optOut: scope, atMs, source }, { detail: 'opt_out' })
    },
  }
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
