import type { Key } from '../../domain/key.ts'
import { Failure } from '../../kernel/failure.ts'
import { type Command, command, exitCodes } from '../command.ts'
import { officeOptions } from '../line/common.ts'
import { show } from '../line/show.ts'
import { recordKey } from './changed.ts'
import { inOffice, keyArgument, keyIn } from './office.ts'

function statusCommand(status: Key['status']): Command {
  return command({
    recorded: 'whole',
    argument: keyArgument,
    options: officeOptions,
    no: 'there is no such key, or it is revoked',
    async run({ values, argument }, terminal) {
      return inOffice(values.config, async (office) => {
        const known = await keyIn(office, argument)
        const { id, status: before } = known
        if (before === 'revoked' && status !== 'revoked') {
          throw new Failure('not_found', `key ${id} is revoked for good`)
        }
        const key = await office.books.keys.changeKey(id, { status })
        await recordKey(terminal, known, key)
        const value = { id, status: key?.status ?? status }
        show(terminal, { json: values.json, value, lines: [`Key ${id} is ${value.status}.`] })
        return exitCodes.ok
      })
    },
  })
}

/** `tollgate keys suspend`: until it is resumed. */
export const keysSuspend = statusCommand('suspended')

/** `tollgate keys resume`: back in use. */
export const keysResume = statusCommand('active')

/** `tollgate keys revoke`: for ever. */
export const keysRevoke = statusCommand('revoked')
