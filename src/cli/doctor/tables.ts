import { loadCompliance } from '../../config/compliance.ts'
import type { Settings } from '../../config/load.ts'
import { loadLists } from '../../tables/operator-lists.ts'
import { type Finding, good, ill, whyOf } from './finding.ts'

/** Whether the tables of law and the lists of the operator can be read, without which no gate starts. */
export async function lookAtTables({ values, directory }: Settings): Promise<Finding> {
  try {
    loadCompliance(values['compliance.dir'])
    await loadLists(directory.lists, () => undefined)
    return good('tables', `the compliance tables in ${values['compliance.dir']}, and every list`)
  } catch (error) {
    const remedy =
      'Put the tables where compliance.dir says, and fix the file that is named: no gate starts without them.'
    return ill('tables', 'fault', { found: whyOf(error), remedy })
  }
}
