import { applyRetention } from '../../records/retention.ts'
import { retentionOf } from '../../sealing/expire.ts'
import { readArguments } from '../arguments.ts'
import { type Command, exitCodes } from '../command.ts'
import { inRecords } from './archive.ts'

const options = { config: { type: 'string' } } as const

/** `tollgate audit reindex`: the index of call records anew from the log, beside a running gate too. */
export const auditReindex: Command = {
  recorded: 'whole',
  usage: 'audit reindex [--config <file>]',
  help: 'Make the index of call records anew from the audit log; a gate that runs may go on.',
  async run(args, terminal) {
    const otherwise = 'no argument belongs here'
    const { values } = readArguments(args, { options, count: 0, otherwise })
    return inRecords(values.config, terminal, async ({ indexer, keys, settings, clock }) => {
      await indexer.rebuild()
      const retention = retentionOf(settings.directory.tenants)
      applyRetention({ keys, index: indexer.file }, retention, clock.now())
      const row = indexer.file?.statement('SELECT count(*) AS calls FROM call').get()
      terminal.out(`${row?.calls} calls and refusals are in the index.`)
      return exitCodes.ok
    })
  },
}
