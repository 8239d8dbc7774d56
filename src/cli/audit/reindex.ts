import { auditPaths } from '../../config/audit-paths.ts'
import { compareIndex } from '../../records/compare-index.ts'
import { indexSource } from '../../records/log-source.ts'
import { applyRetention } from '../../records/retention.ts'
import { retentionOf } from '../../sealing/expire.ts'
import { command, type ExitCode, exitCodes, type Terminal } from '../command.ts'
import { officeOptions } from '../line/common.ts'
import { flag } from '../line/options.ts'
import { show } from '../line/show.ts'
import { inRecords, type RecordsOffice } from './archive.ts'
import { retain } from './retain.ts'

/** `tollgate audit reindex`: the index of call records anew from the log, beside a running gate too. */
export const auditReindex = command({
  recorded: 'whole',
  options: {
    check: flag('Do not change it: compare it with the log, record by record.'),
    ...officeOptions,
  },
  no: 'the index differs from the log',
  async run({ values }, terminal) {
    return inRecords(values.config, terminal, async (office) => {
      if (values.check) return check(office, terminal, values.json)
      const { indexer } = office
      if (!office.isMadeAnew) await indexer.rebuild()
      await retainOrSay(office, indexer.file, terminal)
      const row = indexer.file?.statement('SELECT count(*) AS calls FROM call').get()
      const calls = Number(row?.calls ?? 0)
      const lines = [`${calls} calls and refusals are in the index.`]
      show(terminal, { json: values.json, value: { calls }, lines })
      return exitCodes.ok
    })
  },
})

/** What is not ended by a clock that is not believed stays in the index, and is no reason not to make it. */
async function retainOrSay(
  office: RecordsOffice,
  index: RecordsOffice['index'] | undefined,
  terminal: Terminal,
): Promise<void> {
  const { doubted } = await retain(office, { index, terminal })
  if (doubted) terminal.err(doubted)
}

async function check(office: RecordsOffice, terminal: Terminal, json: boolean): Promise<ExitCode> {
  const { index, keys, settings, clock } = office
  await retainOrSay(office, index, terminal)
  const source = indexSource(auditPaths(settings.values).dir)
  const value = await compareIndex({
    kept: index,
    keys,
    source,
    retire: (anew) => {
      const nowMs = Math.min(clock.now(), keys.believedMs() ?? Number.NEGATIVE_INFINITY)
      if (!Number.isFinite(nowMs)) return
      applyRetention({ keys, index: anew }, retentionOf(settings.directory.tenants), nowMs)
    },
  })
  const { calls, differing, entries } = value
  const more = differing > entries.length ? ', ...' : ''
  const verdict = differing === 0 ? 'as the log has them' : `${differing} otherwise than the log`
  const where = differing === 0 ? [] : [`  entries ${entries.join(', ')}${more}`]
  show(terminal, { json, value, lines: [`${calls} records, ${verdict}.`, ...where] })
  return differing === 0 ? exitCodes.ok : exitCodes.no
}
