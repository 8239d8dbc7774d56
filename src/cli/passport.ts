import { parseIdentityHeader } from '../identity/identity-header.ts'
import { type Command, exitCodes, printable, UsageError } from './command.ts'

/** `tollgate passport decode`: 0 with what the header says, 1 when it is no PASSporT. */
export const passportDecode: Command = {
  usage: 'passport decode <header>',
  help: "Print what an Identity header or a bare PASSporT says. Doesn't verify it.",
  async run(args, terminal) {
    const [value, ...excess] = args
    if (value === undefined || excess.length > 0) {
      throw new UsageError('exactly one header is needed, in quotes')
    }
    const identity = parseIdentityHeader(value.replace(/^\s*identity\s*:/i, ''))
    if (!identity) {
      terminal.err('This is not a PASSporT in full form.')
      return exitCodes.no
    }
    const { header, claims, parameters } = identity
    const text = JSON.stringify({ header, claims, parameters }, undefined, 2)
    for (const line of text.split('\n')) terminal.out(printable(line))
    terminal.err('The signature was not verified.')
    return exitCodes.ok
  },
}
