import * as type from '../../config/types.ts'
import { createCallTokens } from '../../identity/call-tokens.ts'
import { Failure } from '../../kernel/failure.ts'
import { readArguments, wholeNumber } from '../arguments.ts'
import { type Command, exitCodes, UsageError } from '../command.ts'
import { oneId } from './look.ts'
import { inOffice, keyIn, officeOptions, officeUsage } from './office.ts'

const minuteMs = 60_000
const tokenIdBytes = 16
const options = {
  ...officeOptions,
  minutes: { type: 'string', default: '10' },
  caller: { type: 'string' },
  callee: { type: 'string' },
  calls: { type: 'string' },
} as const

/** `tollgate keys token`: a call token of a key, for what must not hold the key itself. */
export const keysToken: Command = {
  recorded: 'whole',
  usage: `keys token <id> [--minutes 10] [--caller <number>] [--callee <number>] [--calls <n>] ${officeUsage}`,
  help: 'Make a call token of a key: an hour at most, for certain calls if it names them.',
  async run(args, terminal) {
    const { values, argument } = readArguments(args, { options, count: 1, otherwise: oneId })
    const lifeMs = wholeNumber('minutes', values.minutes) * minuteMs
    const callsMax = values.calls === undefined ? undefined : wholeNumber('calls', values.calls)
    const caller = numberOf('caller', values.caller)
    const callee = numberOf('callee', values.callee)
    return inOffice(values.config, async (office) => {
      const { masterKey, clock, random } = office
      if (!masterKey) throw new Failure('config_invalid', 'tokens need TOLLGATE_MASTER_KEY')
      const { id: keyId } = await keyIn(office, argument)
      const tokens = createCallTokens({ key: masterKey.derive('token'), clock })
      const expiresAtMs = clock.now() + lifeMs
      const id = random.hex(tokenIdBytes)
      const text = await tokens.issue({ id, keyId, expiresAtMs, caller, callee, callsMax })
      const token = text.reveal()
      terminal.out(values.json ? JSON.stringify({ id, keyId, token }) : token)
      return exitCodes.ok
    })
  },
}

function numberOf(option: string, text: string | undefined): string | undefined {
  if (text === undefined || type.e164.safeParse(text).success) return text
  throw new UsageError(`--${option} needs a number such as +12125550100`)
}
