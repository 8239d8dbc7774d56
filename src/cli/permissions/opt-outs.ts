import { optOutScopes } from '../../domain/permission.ts'
import { Failure } from '../../kernel/failure.ts'
import { command, exitCodes } from '../command.ts'
import { inOffice } from '../keys/office.ts'
import { officeOptions } from '../line/common.ts'
import { needed, optional, withDefault } from '../line/options.ts'
import { phoneNumber } from '../line/phone-number.ts'
import { show } from '../line/show.ts'
import { choice, word } from '../line/values.ts'
import { tenantGiven } from './permission-options.ts'

const argument = { type: phoneNumber, help: 'Who is not to be called.' } as const
const which = {
  tenant: optional(word('<id>'), 'By whom; without it by nobody.'),
  scope: withDefault(choice(optOutScopes), 'all', 'In which calls.'),
} as const

/** `tollgate opt-outs add`: the next call on any gate has it. */
export const optOutsAdd = command({
  recorded: 'whole',
  argument,
  options: {
    source: needed(word('<text>'), 'Where it comes from, as in "letter of 3 May".'),
    ...which,
    ...officeOptions,
  },
  async run({ values, argument: e164 }, terminal) {
    const { scope, source } = values
    return inOffice(values.config, async (office) => {
      const tenantId = values.tenant === undefined ? undefined : tenantGiven(values.tenant, office)
      const optOut = { tenantId, e164, scope, atMs: office.clock.now(), source }
      await office.books.permissions.addOptOut(optOut)
      const lines = [`${e164} is not called any more (${scope}).`]
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
      const lines = [`The opt-out of ${e164} (${scope}) is taken back.`]
      show(terminal, { json: values.json, value: { tenantId, e164, scope }, lines })
      return exitCodes.ok
    })
  },
})
