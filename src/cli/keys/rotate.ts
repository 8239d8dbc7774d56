import { Failure } from '../../kernel/failure.ts'
import { rotateKey } from '../../keys/rotate.ts'
import { command, exitCodes } from '../command.ts'
import { officeOptions } from '../line/common.ts'
import { withDefault } from '../line/options.ts'
import { wholeNumber } from '../line/values.ts'
import { recordKey } from './changed.ts'
import { tell } from './mint.ts'
import { inOffice, keyArgument, keyIn } from './office.ts'

const hourMs = 3_600_000

/** `tollgate keys rotate`: a fresh secret under the old id; the old one works on for a while. */
export const keysRotate = command({
  recorded: 'whole',
  argument: keyArgument,
  options: {
    'overlap-hours': withDefault(
      wholeNumber('<hours>'),
      '24',
      'How long the secret before works on.',
    ),
    ...officeOptions,
  },
  no: 'there is no such key, or it is revoked',
  async run({ values, argument }, terminal) {
    const overlapMs = values['overlap-hours'] * hourMs
    return inOffice(values.config, async (office) => {
      const key = await keyIn(office, argument)
      if (key.status === 'revoked') {
        throw new Failure('not_found', `key ${key.id} is revoked, and stays so`)
      }
      const nowMs = office.clock.now()
      const { minted, change } = rotateKey(key, { ...office, nowMs, overlapMs })
      const changed = await office.books.keys.changeKey(key.id, change)
      await recordKey(terminal, key, changed)
      tell(terminal, minted, values.json)
      return exitCodes.ok
    })
  },
})
