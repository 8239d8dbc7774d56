import { parseIdentityHeader } from '../identity/identity-header.ts'
import { command, exitCodes } from './command.ts'
import { jsonOption } from './line/options.ts'
import { show } from './line/show.ts'
import { word } from './line/values.ts'

/** `tollgate passport decode`: 0 with what the header says, 1 when it is no PASSporT. */
export const passportDecode = command({
  argument: {
    type: word('<header>'),
    help: 'An Identity header, with its name or without, in quotes.',
  },
  options: { json: jsonOption },
  no: 'it is no PASSporT in full form',
  async run({ values, argument }, terminal) {
    const identity = parseIdentityHeader(argument.replace(/^\s*identity\s*:/i, ''))
    if (!identity) {
      terminal.err('This is not a PASSporT in full form.')
      return exitCodes.no
    }
    const { header, claims, parameters } = identity
    const value = { header, claims, parameters }
    const lines = JSON.stringify(value, undefined, 2).split('\n')
    show(terminal, { json: values.json, value, lines })
    terminal.err('The signature was not verified.')
    return exitCodes.ok
  },
})
