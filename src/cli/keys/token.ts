import * as type from '../../config/types.ts'
import { createCallTokens } from '../../identity/call-tokens.ts'
import { Failure } from '../../kernel/failure.ts'
import { command, exitCodes } from '../command.ts'
import { officeOptions } from '../line/common.ts'
import { optional, withDefault } from '../line/options.ts'
import { checked, wholeNumber } from '../line/values.ts'
import { inOffice, keyArgument, keyIn } from './office.ts'
import { showOnce } from './show-once.ts'

const minuteMs = 60_000
const tokenIdBytes = 16
const number = checked('<number>', type.e164)

/** `tollgate keys token`: a call token of a key, for what must not hold the key itself. */
export const keysToken = command({
  recorded: 'whole',
  argument: keyArgument,
  options: {
    minutes: withDefault(wholeNumber('<minutes>', 1), '10', 'How long it works, 60 at most.'),
    caller: optional(number, 'Only with this caller ID.'),
    callee: optional(number, 'Only to this number.'),
    calls: optional(wholeNumber('<count>', 1), 'For so many calls at most.'),
    ...officeOptions,
  },
  no: 'there is no such key',
  async run({ values, argument }, terminal) {
    const { caller, callee, calls: callsMax } = values
    const lifeMs = values.minutes * minuteMs
    return inOffice(values.config, async (office) => {
      const { masterKey, clock, random } = office
      if (!masterKey) throw new Failure('config_invalid', 'tokens need TOLLGATE_MASTER_KEY')
      const { id: keyId } = await keyIn(office, argument)
      const tokens = createCallTokens({ key: masterKey.derive('token'), clock })
      const expiresAtMs = clock.now() + lifeMs
      const id = random.hex(tokenIdBytes)
      const text = await tokens.issue({ id, keyId, expiresAtMs, caller, callee, callsMax })
      const token = text.reveal()
      const shown = { json: values.json, value: { id, keyId, token }, lines: [token] }
      await showOnce(terminal, `token ${id}`, shown)
      return exitCodes.ok
    })
  },
})
