import { userInfo } from 'node:os'
import { readArguments, wholeNumber } from '../arguments.ts'
import { type Command, exitCodes, printable } from '../command.ts'
import { inOffice, officeOptions, officeUsage } from '../keys/office.ts'
import { recordedly, told } from './apply.ts'
import { differenceJson, differenceLines } from './lines.ts'

/** `tollgate revisions list`: who changed what, and when. */
export const revisionsList: Command = {
  usage: `revisions list ${officeUsage}`,
  help: 'List the last changes of what is declared, newest first.',
  async run(args, terminal) {
    const otherwise = 'no argument belongs here'
    const { values } = readArguments(args, { options: officeOptions, count: 0, otherwise })
    return inOffice(values.config, async ({ declared }) => {
      for (const { revision, atMs, by, changes } of declared.revisions()) {
        const shown = changes.map((each) => differenceJson(each))
        if (values.json) terminal.out(JSON.stringify({ revision, atMs, by, changes: shown }))
        else {
          terminal.out(printable(`${revision} ${new Date(atMs).toISOString()} ${by}`))
          for (const each of changes) {
            for (const line of differenceLines(each)) terminal.out(`  ${line}`)
          }
        }
      }
      return exitCodes.ok
    })
  },
}

/** `tollgate revisions roll-back`: undoes one change by a further one. */
export const revisionsRollBack: Command = {
  recorded: 'whole',
  usage: `revisions roll-back <revision> ${officeUsage}`,
  help: 'Undo one change of what is declared, unless something of it was changed since.',
  async run(args, terminal) {
    const otherwise = 'exactly one revision is needed, as `revisions list` tells it'
    const wanted = { options: officeOptions, count: 1, otherwise } as const
    const { values, argument } = readArguments(args, wanted)
    const revision = wholeNumber('revision', argument)
    return inOffice(values.config, async (office) => {
      const result = await recordedly(office, terminal, () =>
        office.declared.rollBack(revision, userInfo().username),
      )
      return told(result, values.json, terminal)
    })
  },
}
