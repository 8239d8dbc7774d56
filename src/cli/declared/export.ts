import type { ChangeableList } from '../../config/changed-entries.ts'
import { declarationsFile } from '../../config/load.ts'
import { fileOf } from '../../declared/file-edits.ts'
import { type Command, command, exitCodes } from '../command.ts'
import { inOffice } from '../keys/office.ts'
import { officeOptions } from '../line/common.ts'
import { show } from '../line/show.ts'

/** `tollgate export`: what the gates go by, as a file that `apply` finds nothing to do in. */
export const exportDeclared = command({
  // It has the networks that keys work from.
  recorded: 'whole',
  options: officeOptions,
  async run({ values }, terminal) {
    return inOffice(values.config, async ({ declared }) => {
      const tree = fileOf({ whole: declared.whole(), keys: await declared.keys() })
      const lines = declarationsFile(tree).trimEnd().split('\n')
      show(terminal, { json: values.json, value: tree, lines })
      return exitCodes.ok
    })
  },
})

function listCommand(list: ChangeableList): Command {
  return command({
    recorded: 'whole',
    options: officeOptions,
    async run({ values }, terminal) {
      return inOffice(values.config, async ({ declared }) => {
        const entries = declared.entries(list)
        const rows = entries.map(({ id, version, entry: { id: _, ...rest } }) => {
          return [id, version, fieldsText(rest)]
        })
        const table = { columns: ['id', 'version', 'declared'], rows }
        show(terminal, { json: values.json, value: entries, table })
        return exitCodes.ok
      })
    },
  })
}

/** `regions=US,CA limits.burst=20`: each field by its path. */
function fieldsText(fields: Readonly<Record<string, unknown>>, path = ''): string {
  return Object.entries(fields)
    .map(([name, value]) => {
      const isPlain = Array.isArray(value) || Object(value) !== value
      if (!isPlain) return fieldsText(value as typeof fields, `${path}${name}.`)
      const isDeep = Array.isArray(value) && value.some((each) => Object(each) === each)
      return `${path}${name}=${isDeep ? JSON.stringify(value) : value}`
    })
    .join(' ')
}

/** `tollgate tenants list`. */
export const tenantsList = listCommand('tenants')

/** `tollgate policies list`. */
export const policiesList = listCommand('policies')

/** `tollgate carriers list`. */
export const carriersList = listCommand('carriers')

/** `tollgate trunks list`. */
export const trunksList = listCommand('trunks')

/** `tollgate numbers list`. */
export const numbersList = listCommand('numbers')
