import { userInfo } from 'node:os'
import { Failure } from '../../kernel/failure.ts'
import type { Revision } from '../../store/entries.ts'
import { command, exitCodes, UsageError } from '../command.ts'
import { inOffice, type Office } from '../keys/office.ts'
import { filesOption, officeOptions } from '../line/common.ts'
import { show } from '../line/show.ts'
import { type ValueType, wholeNumber } from '../line/values.ts'
import { recordedly, told } from './apply.ts'
import { differenceJson, differenceLines } from './lines.ts'

/** `tollgate revisions list`: who changed what, and when. */
export const revisionsList = command({
  recorded: 'whole',
  options: officeOptions,
  async run({ values }, terminal) {
    return inOffice(values.config, async ({ declared }) => {
      const revisions = declared.revisions()
      const value = revisions.map((each) => revisionJson(each))
      const lines = revisions.flatMap((each) => revisionLines(each))
      show(terminal, { json: values.json, value, lines })
      return exitCodes.ok
    })
  },
})

/** `tollgate revisions show`: one of them. */
export const revisionsShow = command({
  recorded: 'whole',
  argument: { type: wholeNumber('<revision>'), help: 'Its number in `revisions list`.' },
  options: officeOptions,
  no: 'that change is no longer kept, or never was',
  async run({ values, argument }, terminal) {
    return inOffice(values.config, async ({ declared }) => {
      const found = declared.revisions().find(({ revision }) => revision === argument)
      if (!found) throw new Failure('not_found', `revision ${argument} is not remembered`)
      show(terminal, { json: values.json, value: revisionJson(found), lines: revisionLines(found) })
      return exitCodes.ok
    })
  },
})

function revisionJson({ revision, atMs, by, changes }: Revision) {
  return { revision, atMs, by, changes: changes.map((each) => differenceJson(each)) }
}

function revisionLines({ revision, atMs, by, changes }: Revision): readonly string[] {
  return [
    `${revision} ${new Date(atMs).toISOString()} ${by}`,
    ...changes.flatMap((each) => differenceLines(each).map((line) => `  ${line}`)),
  ]
}

/** Entries by list and name, as `numbers/+12125550100,policies/usual`; or every one. */
const changedEntries: ValueType<readonly string[] | 'all'> = {
  written: '<list/name,...>',
  offers: ['all'],
  read(text) {
    if (text === 'all') return text
    const names = text.split(',')
    if (names.every((name) => /^[a-zA-Z]+\/./.test(name))) return names
    throw new UsageError('must be all, or entries such as numbers/+12125550100,policies/usual')
  },
}

/** `tollgate revisions drop`: lets the file count again for what was changed at run time. */
export const revisionsDrop = command({
  recorded: 'whole',
  argument: {
    type: changedEntries,
    help: 'The entries, as a gate that does not start names them.',
  },
  options: { files: filesOption, ...officeOptions },
  no: 'the file would then contradict the rest',
  async run({ values, argument }, terminal) {
    const drop = async (office: Office) => {
      const names = argument === 'all' ? office.declared.changedNames() : argument
      const result = await recordedly(office, terminal, () =>
        office.declared.drop(names, userInfo().username),
      )
      return await told(result, office, { json: values.json, terminal })
    }
    return inOffice(values.config, drop, values.files)
  },
})

/** `tollgate revisions roll-back`: undoes one change by a further one. */
export const revisionsRollBack = command({
  recorded: 'whole',
  argument: { type: wholeNumber('<revision>'), help: 'Its number in `revisions list`.' },
  options: { files: filesOption, ...officeOptions },
  no: 'it cannot be undone',
  async run({ values, argument: revision }, terminal) {
    const undo = async (office: Office) => {
      const result = await recordedly(office, terminal, () =>
        office.declared.rollBack(revision, userInfo().username),
      )
      return await told(result, office, { json: values.json, terminal })
    }
    return inOffice(values.config, undo, values.files)
  },
})
