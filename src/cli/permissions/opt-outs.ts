import { type OptOutScope, optOutScopes } from '../../domain/permission.ts'
import { Failure } from '../../kernel/failure.ts'
import { readArguments } from '../arguments.ts'
import { type Command, exitCodes, UsageError } from '../command.ts'
import { inOffice, officeOptions, officeUsage } from '../keys/office.ts'
import { numberGiven, tenantGiven, textGiven } from './permission-options.ts'

const otherwise = 'exactly one number is needed'
const which = {
  ...officeOptions,
  tenant: { type: 'string' },
  scope: { type: 'string', default: 'all' },
} as const
const whichUsage = `[--tenant <id>] [--scope ${optOutScopes.join('|')}]`

/** `tollgate opt-outs add`: the next call on any gate has it. */
export const optOutsAdd: Command = {
  recorded: 'whole',
  usage: `opt-outs add <number> ${whichUsage} --source <text> ${officeUsage}`,
  help: 'Let a number not be called any more, by a tenant or by nobody; acts on the next call.',
  async run(args, terminal) {
    const options = { ...which, source: { type: 'string' } } as const
    const { values, argument } = readArguments(args, { options, count: 1, otherwise })
    const e164 = numberGiven(argument)
    const scope = scopeGiven(values.scope)
    const source = textGiven('source', values.source)
    return inOffice(values.config, async (office) => {
      const tenantId = values.tenant === undefined ? undefined : tenantGiven(values.tenant, office)
      const optOut = { tenantId, e164, scope, atMs: office.clock.now(), source }
      await office.books.permissions.addOptOut(optOut)
      if (values.json) terminal.out(JSON.stringify(optOut))
      else terminal.out(`${e164} is not called any more (${scope}).`)
      return exitCodes.ok
    })
  },
}

/** `tollgate opt-outs withdraw`: the number may be called again. */
export const optOutsWithdraw: Command = {
  recorded: 'whole',
  usage: `opt-outs withdraw <number> ${whichUsage} ${officeUsage}`,
  help: 'Take an opt-out back; the tenant and scope are those it was added with.',
  async run(args, terminal) {
    const { values, argument } = readArguments(args, { options: which, count: 1, otherwise })
    const e164 = numberGiven(argument)
    const scope = scopeGiven(values.scope)
    return inOffice(values.config, async (office) => {
      const tenantId = values.tenant === undefined ? undefined : tenantGiven(values.tenant, office)
      const was = await office.books.permissions.withdrawOptOut({ tenantId, e164, scope })
      if (!was) throw new Failure('not_found', `there is no such opt-out of ${e164}`)
      if (values.json) terminal.out(JSON.stringify({ tenantId, e164, scope }))
      else terminal.out(`The opt-out of ${e164} (${scope}) is taken back.`)
      return exitCodes.ok
    })
  },
}

function scopeGiven(text: string | undefined): OptOutScope {
  const scope = optOutScopes.find((each) => each === text)
  if (scope) return scope
  throw new UsageError(`--scope must be one of ${optOutScopes.join(', ')}`)
}
