import { deadLettersOn } from '../alerts/dead-letters.ts'
import { readArguments } from './arguments.ts'
import { type Command, exitCodes, printable } from './command.ts'
import { inOffice, officeOptions, officeUsage } from './keys/office.ts'

/** `tollgate webhooks failed`: what no receiver took. */
export const webhooksFailed: Command = {
  usage: `webhooks failed ${officeUsage}`,
  help: 'List the webhooks that no receiver took, the last 100 of all gates.',
  async run(args, terminal) {
    const otherwise = 'no argument belongs here'
    const { values } = readArguments(args, { options: officeOptions, count: 0, otherwise })
    return inOffice(values.config, async ({ books }) => {
      const letters = deadLettersOn(books.board)
      if (values.json) terminal.out(JSON.stringify(letters))
      else {
        for (const { id, kind, atMs, tries, tenantId = '-' } of letters) {
          const at = new Date(atMs).toISOString()
          terminal.out(printable(`${at} ${kind} ${tenantId} ${id} tried ${tries} times`))
        }
      }
      return exitCodes.ok
    })
  },
}
