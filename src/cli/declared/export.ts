import type { ChangeableList } from '../../config/changed-entries.ts'
import { declarationsFile } from '../../config/load.ts'
import { fileOf } from '../../declared/file-edits.ts'
import { readArguments } from '../arguments.ts'
import { type Command, exitCodes, printable } from '../command.ts'
import { inOffice, officeOptions, officeUsage } from '../keys/office.ts'

const wanted = { options: officeOptions, count: 0, otherwise: 'no argument belongs here' } as const

/** `tollgate export`: what the gates go by, as a file that `apply` finds nothing to do in. */
export const exportDeclared: Command = {
  usage: `export ${officeUsage}`,
  help: 'Print everything declared, as a file for `apply`; keys without their secrets.',
  async run(args, terminal) {
    const { values } = readArguments(args, wanted)
    return inOffice(values.config, async ({ declared }) => {
      const tree = fileOf({ whole: declared.whole(), keys: await declared.keys() })
      terminal.out(values.json ? JSON.stringify(tree) : declarationsFile(tree).trimEnd())
      return exitCodes.ok
    })
  },
}

function listCommand(list: ChangeableList, words: string): Command {
  return {
    usage: `${words} list ${officeUsage}`,
    help: `List the ${words} that the gates go by, each with its version.`,
    async run(args, terminal) {
      const { values } = readArguments(args, wanted)
      return inOffice(values.config, async ({ declared }) => {
        const entries = declared.entries(list)
        if (values.json) terminal.out(JSON.stringify(entries))
        else {
          for (const { id, version, entry } of entries) {
            const { id: _, ...rest } = entry
            terminal.out(printable(`${id} ${version} ${JSON.stringify(rest)}`))
          }
        }
        return exitCodes.ok
      })
    },
  }
}

/** `tollgate tenants list`. */
export const tenantsList = listCommand('tenants', 'tenants')

/** `tollgate policies list`. */
export const policiesList = listCommand('policies', 'policies')
