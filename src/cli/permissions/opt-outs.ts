import { keepOptOut, keepOptOuts, optOutWithdrawn } from '../../audit/state-changed.ts'
import { isFrom, optOutScopes } from '../../domain/permission.ts'
import { Failure } from '../../kernel/failure.ts'
import { readOptOuts } from '../../tables/opt-out-file.ts'
import { command, exitCodes } from '../command.ts'
import { inOffice } from '../keys/office.ts'
import { officeOptions } from '../line/common.ts'
import { needed, optional, withDefault } from '../line/options.ts'
import { phoneNumber } from '../line/phone-number.ts'
import { partsGiven } from '../line/read-given.ts'
import { show } from '../line/show.ts'
import { choice, file, word } from '../line/values.ts'
import { badLinesOf, importBytesMax, keepInSteps, skipOption, tellFaults } from './import.ts'
import { tenantGiven } from './permission-options.ts'

const argument = { type: phoneNumber, help: 'The number that is not to be called.' } as const
const which = {
  tenant: optional(word('<id>'), 'The tenant that may not call it; without it, none may.'),
  scope: withDefault(choice(optOutScopes), 'all', 'The calls that it stops.'),
} as const

/** `tollgate opt-outs add`: the next call on any gate has it. */
export const optOutsAdd = command({
  recorded: 'whole',
  argument,
  options: {
    source: needed(word('<text>'), 'Where it comes from, such as "letter of 3 May".'),
    ...which,
    ...officeOptions,
  },
  async run({ values, argument: e164 }, terminal) {
    const { scope, source } = values
    return inOffice(values.config, async (office) => {
      const tenantId = values.tenant === undefined ? undefined : tenantGiven(values.tenant, office)
      const { optOut, isNew } = await keepOptOut(
        office.books.permissions,
        { tenantId, e164, scope, atMs: office.clock.now(), source },
        (event) => terminal.record?.(event),
      )
      const since = new Date(optOut.atMs).toISOString()
      const known = `${e164} has not been called (${scope}) since ${since} (${optOut.source}).`
      const lines = isNew ? [`${e164} is no longer called (${scope}).`] : [known]
      show(terminal, { json: values.json, value: optOut, lines })
      return exitCodes.ok
    })
  },
})

/** `tollgate opt-outs withdraw`: the number may be called again. */
export const optOutsWithdraw = command({
  recorded: 'whole',
  argument,
  options: { ...which, ...officeOptions },
  no: 'there is no such opt-out',
  async run({ values, argument: e164 }, terminal) {
    const { scope } = values
    return inOffice(values.config, async (office) => {
      const tenantId = values.tenant === undefined ? undefined : tenantGiven(values.tenant, office)
      const was = await office.books.permissions.withdrawOptOut({ tenantId, e164, scope })
      if (!was) throw new Failure('not_found', `there is no such opt-out of ${e164}`)
      await terminal.record?.(optOutWithdrawn({ tenantId, e164, scope }))
      const lines = [`The opt-out of ${e164} (${scope}) is withdrawn.`]
      show(terminal, { json: values.json, value: { tenantId, e164, scope }, lines })
      return exitCodes.ok
    })
  },
})

/** `tollgate opt-outs import`: each opt-out is in force when the command ends. */
export const optOutsImport = command({
  recorded: 'whole',
  argument: {
    type: file,
    help: 'CSV whose first line names its columns: number and, optionally, scope, source.',
  },
  options: { tenant: which.tenant, 'skip-bad-lines': skipOption, ...officeOptions },
  no: 'a line cannot be used, so nothing is kept',
  async run({ values, argument: path }, terminal) {
    return inOffice(values.config, async (office) => {
      const tenantId = values.tenant === undefined ? undefined : tenantGiven(values.tenant, office)
      const terms = { tenantId, atMs: office.clock.now() }
      const badLines = badLinesOf(values['skip-bad-lines'])
      const { report, optOuts } = await readOptOuts(
        partsGiven(path, importBytesMax),
        terms,
        badLines,
      )
      tellFaults(path, report, terminal)
      if (!optOuts) return exitCodes.no
      const { permissions } = office.books
      const steps = { unit: 'opt-outs', terminal }
      await keepInSteps(optOuts, steps, async (step) => {
        await keepOptOuts(permissions, step, (event) => terminal.record?.(event))
      })
      const value = { kept: optOuts.length, bad: report.linesBad }
      const lines = [`${value.kept} opt-outs are on record.`]
      show(terminal, { json: values.json, value, lines })
      return exitCodes.ok
    })
  },
})

/** `tollgate opt-outs check`: what keeps a number from being called; 1 where nothing does. */
export const optOutsCheck = command({
  recorded: 'whole',
  argument: { type: phoneNumber, help: 'The number that would be called.' },
  options: {
    tenant: optional(word('<id>'), 'The tenant that would call it; without it, any.'),
    ...officeOptions,
  },
  no: 'no opt-out does',
  async run({ values, argument: e164 }, terminal) {
    return inOffice(values.config, async (office) => {
      const { tenant, json } = values
      const tenantId = tenant === undefined ? undefined : tenantGiven(tenant, office)
      const optOuts = await office.books.permissions.optOutsOf(tenantId, e164)
      const found = (['marketing', 'transactional'] as const).flatMap((callClass) => {
        return optOuts
          .filter((one) => isFrom(one, callClass))
          .map((optOut) => ({ callClass, optOut }))
      })
      const rows = found.map(({ callClass, optOut: { tenantId: to, scope, atMs, source } }) => {
        return [callClass, to ?? 'everybody', scope, new Date(atMs).toISOString(), source]
      })
      const table = { columns: ['calls', 'not by', 'scope', 'since', 'source'], rows }
      show(terminal, { json, value: found, table })
      return found.length > 0 ? exitCodes.ok : exitCodes.no
    })
  },
})
