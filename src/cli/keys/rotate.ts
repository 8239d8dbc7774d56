import type { Key } from '../../domain/key.ts'
import { Failure } from '../../kernel/failure.ts'
import type { MintedKey } from '../../keys/format.ts'
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
      const { id } = await keyIn(office, argument)
      let rotated: { readonly before: Key; readonly minted: MintedKey } | undefined
      const nowMs = office.clock.now()
      // Of two who rotate at once the second takes the key as the first has left it.
      const after = await office.books.keys.changeKey(id, (before) => {
        if (before.status === 'revoked') return undefined
        const { minted, change } = rotateKey(before, { ...office, nowMs, overlapMs })
        rotated = { before, minted }
        return change
      })
      if (!after || !rotated) throw new Failure('not_found', `key ${id} is revoked, and stays so`)
      await recordKey(terminal, rotated.before, after)
      tell(terminal, rotated.minted, values.json)
      return exitCodes.ok
    })
  },
})
