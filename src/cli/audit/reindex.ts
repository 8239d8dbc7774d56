import { applyRetention } from '../../records/retention.ts'
import { retentionOf } from '../../sealing/expire.ts'
import { command, exitCodes } from '../command.ts'
import { officeOptions } from '../line/common.ts'
import { show } from '../line/show.ts'
import { inRecords } from './archive.ts'

/** `tollgate audit reindex`: the index of call records anew from the log, beside a running gate too. */
export const auditReindex = command({
  recorded: 'whole',
  options: officeOptions,
  async run({ values }, terminal) {
    return inRecords(values.config, terminal, async ({ indexer, keys, settings, clock }) => {
      await indexer.rebuild()
      const retention = retentionOf(settings.directory.tenants)
      applyRetention({ keys, index: indexer.file }, retention, clock.now())
      const row = indexer.file?.statement('SELECT count(*) AS calls FROM call').get()
      const calls = Number(row?.calls ?? 0)
      const lines = [`${calls} calls and refusals are in the index.`]
      show(terminal, { json: values.json, value: { calls }, lines })
      return exitCodes.ok
    })
  },
})
