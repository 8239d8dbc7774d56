import { isIP } from 'node:net'
import { auditPaths } from '../../config/audit-paths.ts'
import { logSource } from '../../records/log-source.ts'
import { applyRetention, forgetInIndex, type Gone } from '../../records/retention.ts'
import { eraseSubject } from '../../sealing/erase.ts'
import { retentionOf } from '../../sealing/expire.ts'
import { readArguments } from '../arguments.ts'
import { type Command, exitCodes, printable, UsageError } from '../command.ts'
import { inRecords } from './archive.ts'

const config = { type: 'string' } as const
const otherwise = 'exactly one number or address is needed'

/** `tollgate audit erase`: what is on record of a number or address of a tenant is read no longer. */
export const auditErase: Command = {
  // Whom it has erased must not be on record again.
  recorded: 'without_numbers',
  usage: 'audit erase <number|address> --tenant <id> [--config <file>]',
  help: "Destroy the keys of one number or address in a tenant's calls, for ever; the log still verifies. Reads the whole log.",
  async run(args, terminal) {
    const options = { config, tenant: { type: 'string' } } as const
    const { values, argument: text } = readArguments(args, { options, count: 1, otherwise })
    const tenant = values.tenant
    if (tenant === undefined)
      throw new UsageError("--tenant is needed: in whose calls; '' for none")
    if (!/^\+\d{3,15}$/.test(text) && isIP(text) === 0) throw new UsageError(otherwise)
    return inRecords(values.config, terminal, async ({ settings, keys, index, indexer }) => {
      const { dir, cliDir } = auditPaths(settings.values)
      let destroyed = 0
      for (const each of [dir, cliDir]) {
        destroyed += await eraseSubject(keys, logSource(each)(0), { tenant, text })
      }
      const records = forgetInIndex({ keys, index: indexer.file ?? index }, { tenant, text })
      await terminal.record?.({ type: 'subject.erased', tenantId: tenant, keys: destroyed })
      terminal.out(`${destroyed} keys are destroyed; ${records} records say "erased" now.`)
      return destroyed > 0 ? exitCodes.ok : exitCodes.no
    })
  },
}

/** `tollgate audit expire`: what has had its time by the terms of its tenant, now. */
export const auditExpire: Command = {
  recorded: 'whole',
  usage: 'audit expire [--config <file>]',
  help: 'End now what has had its time by the retention of its tenant; a gate does so each day.',
  async run(args, terminal) {
    const wanted = { options: { config }, count: 0, otherwise: 'no argument belongs here' } as const
    const { values } = readArguments(args, wanted)
    return inRecords(values.config, terminal, async ({ settings, keys, index, clock }) => {
      const retention = retentionOf(settings.directory.tenants)
      const gone = applyRetention({ keys, index }, retention, clock.now())
      for (const each of gone) {
        const { tenant: tenantId, kind, throughMonth } = each
        await terminal.record?.({ type: 'retention.applied', tenantId, kind, throughMonth })
        terminal.out(printable(lineOf(each)))
      }
      if (gone.length === 0) terminal.out('Nothing has had its time.')
      return exitCodes.ok
    })
  },
}

function lineOf({ tenant, kind, throughMonth }: Gone): string {
  return `${tenant || 'no tenant'}: ${kind} gone up to ${throughMonth}`
}
