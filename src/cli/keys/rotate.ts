import { Failure } from '../../kernel/failure.ts'
import { rotateKey } from '../../keys/rotate.ts'
import { readArguments, wholeNumber } from '../arguments.ts'
import { type Command, exitCodes } from '../command.ts'
import { recordKey } from './changed.ts'
import { oneId } from './look.ts'
import { tell } from './mint.ts'
import { inOffice, keyIn, officeOptions, officeUsage } from './office.ts'

const hourMs = 3_600_000
const options = {
  ...officeOptions,
  'overlap-hours': { type: 'string', default: '24' },
} as const

/** `tollgate keys rotate`: a fresh secret under the old id; the old one works on for a while. */
export const keysRotate: Command = {
  recorded: 'whole',
  usage: `keys rotate <id> [--overlap-hours 24] ${officeUsage}`,
  help: 'Give a key a fresh secret and show it, once; the one before works on for so many hours.',
  async run(args, terminal) {
    const { values, argument } = readArguments(args, { options, count: 1, otherwise: oneId })
    const overlapMs = wholeNumber('overlap-hours', values['overlap-hours']) * hourMs
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
}
