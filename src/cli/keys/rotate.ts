import type { Key } from '../../domain/key.ts'
import { Failure } from '../../kernel/failure.ts'
import type { MintedKey } from '../../keys/format.ts'
import { overlapMaxMs, rotateKey } from '../../keys/rotate.ts'
import type { KeyChange } from '../../store/port.ts'
import { command, exitCodes, UsageError } from '../command.ts'
import { officeOptions } from '../line/common.ts'
import { withDefault } from '../line/options.ts'
import { wholeNumber } from '../line/values.ts'
import { inOffice, keyArgument, keyIn } from './office.ts'
import { tellKey } from './show-once.ts'

const hourMs = 3_600_000

/** `tollgate keys rotate`: a fresh secret under the old id; the old one works on for a while. */
export const keysRotate = command({
  recorded: 'whole',
  argument: keyArgument,
  options: {
    'overlap-hours': withDefault(
      wholeNumber('<hours>'),
      '24',
      `How long the old secret keeps working, ${overlapMaxMs / hourMs} at most.`,
    ),
    ...officeOptions,
  },
  no: 'there is no such key, or it is revoked',
  async run({ values, argument }, terminal) {
    const overlapMs = values['overlap-hours'] * hourMs
    if (overlapMs > overlapMaxMs) {
      throw new UsageError(`--overlap-hours must be ${overlapMaxMs / hourMs} at most`)
    }
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
      if (!after || !rotated) throw new Failure('not_found', `key ${id} is revoked for good`)
      const { before, minted } = rotated
      await tellKey(terminal, {
        minted,
        before,
        after,
        json: values.json,
        takeBack: () => office.books.keys.changeKey(id, (now) => backTo(before, now, minted)),
        takenBack: `Key ${id} has the secret again that it had: nobody has seen another.`,
      })
      return exitCodes.ok
    })
  },
})

/** The secrets that a key had; nothing where it has been given others since. */
function backTo(before: Key, now: Key, { secretHash }: MintedKey): KeyChange | undefined {
  if (!now.secretHash.equals(secretHash)) return undefined
  return { secretHash: before.secretHash, digest: before.digest, previous: before.previous }
}
