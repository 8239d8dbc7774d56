import { deadLettersOn } from '../alerts/dead-letters.ts'
import { command, exitCodes } from './command.ts'
import { inOffice } from './keys/office.ts'
import { officeOptions } from './line/common.ts'
import { show } from './line/show.ts'

/** `tollgate webhooks failed`: what no receiver took. */
export const webhooksFailed = command({
  recorded: 'whole',
  options: officeOptions,
  async run({ values }, terminal) {
    return inOffice(values.config, async ({ books }) => {
      const letters = deadLettersOn(books.board)
      const table = {
        columns: ['at', 'kind', 'tenant', 'id', 'tries'],
        rows: letters.map(({ id, kind, atMs, tries, tenantId }) => {
          return [new Date(atMs).toISOString(), kind, tenantId, id, tries]
        }),
      }
      show(terminal, { json: values.json, value: letters, table })
      return exitCodes.ok
    })
  },
})
