import { userInfo } from 'node:os'
import { command, exitCodes } from '../command.ts'
import { inOffice } from '../keys/office.ts'
import { officeOptions } from '../line/common.ts'
import { show } from '../line/show.ts'
import { wholeNumber } from '../line/values.ts'
import { recordedly, told } from './apply.ts'
import { differenceJson, differenceLines } from './lines.ts'

/** `tollgate revisions list`: who changed what, and when. */
export const revisionsList = command({
  options: officeOptions,
  async run({ values }, terminal) {
    return inOffice(values.config, async ({ declared }) => {
      const revisions = declared.revisions()
      const value = revisions.map(({ revision, atMs, by, changes }) => {
        return { revision, atMs, by, changes: changes.map((each) => differenceJson(each)) }
      })
      const lines = revisions.flatMap(({ revision, atMs, by, changes }) => [
        `${revision} ${new Date(atMs).toISOString()} ${by}`,
        ...changes.flatMap((each) => differenceLines(each).map((line) => `  ${line}`)),
      ])
      show(terminal, { json: values.json, value, lines })
      return exitCodes.ok
    })
  },
})

/** `tollgate revisions roll-back`: undoes one change by a further one. */
export const revisionsRollBack = command({
  recorded: 'whole',
  argument: { type: wholeNumber('<revision>'), help: 'As `revisions list` tells it.' },
  options: officeOptions,
  no: 'it cannot be undone',
  async run({ values, argument: revision }, terminal) {
    return inOffice(values.config, async (office) => {
      const result = await recordedly(office, terminal, () =>
        office.declared.rollBack(revision, userInfo().username),
      )
      return told(result, values.json, terminal)
    })
  },
})
