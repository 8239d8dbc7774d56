import type { Key } from '../../domain/key.ts'
import { Failure } from '../../kernel/failure.ts'
import { readArguments } from '../arguments.ts'
import { type Command, exitCodes, printable } from '../command.ts'
import { recordKey } from './changed.ts'
import { oneId } from './look.ts'
import { inOffice, keyIn, officeOptions, officeUsage } from './office.ts'

function statusCommand(verb: string, status: Key['status'], help: string): Command {
  return {
    recorded: 'whole',
    usage: `keys ${verb} <id> ${officeUsage}`,
    help,
    async run(args, terminal) {
      const wanted = { options: officeOptions, count: 1, otherwise: oneId } as const
      const { values, argument } = readArguments(args, wanted)
      return inOffice(values.config, async (office) => {
        const known = await keyIn(office, argument)
        const { id, status: before } = known
        if (before === 'revoked' && status !== 'revoked') {
          throw new Failure('not_found', `key ${id} is revoked, and stays so`)
        }
        const key = await office.books.keys.changeKey(id, { status })
        await recordKey(terminal, known, key)
        const now = key?.status ?? status
        if (values.json) terminal.out(JSON.stringify({ id, status: now }))
        else terminal.out(printable(`Key ${id} is ${now}.`))
        return exitCodes.ok
      })
    },
  }
}

/** `tollgate keys suspend`: until it is resumed. */
export const keysSuspend = statusCommand(
  'suspend',
  'suspended',
  'Take a key out of use and end its running calls, within a second on every gate.',
)

/** `tollgate keys resume`: back in use. */
export const keysResume = statusCommand('resume', 'active', 'Bring a suspended key back into use.')

/** `tollgate keys revoke`: for ever. */
export const keysRevoke = statusCommand(
  'revoke',
  'revoked',
  'Take a key out of use for ever and end its running calls, within a second on every gate.',
)
