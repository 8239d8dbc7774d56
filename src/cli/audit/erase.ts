import { isIP } from 'node:net'
import { auditPaths } from '../../config/audit-paths.ts'
import { canonicalAddress } from '../../kernel/canonical-address.ts'
import { logSource } from '../../records/log-source.ts'
import { forgetInIndex, type Gone, overwrite } from '../../records/retention.ts'
import { eraseSubject } from '../../sealing/erase.ts'
import { command, exitCodes, UsageError } from '../command.ts'
import { officeOptions } from '../line/common.ts'
import { flag, needed } from '../line/options.ts'
import { plainNumber, soughtNumber } from '../line/phone-number.ts'
import { show } from '../line/show.ts'
import { anyText, type ValueType } from '../line/values.ts'
import { inRecords } from './archive.ts'
import { believeFlag, retain } from './retain.ts'
import { watched } from './watched.ts'

/** A number in E.164 or an IP address. */
const subject: ValueType<string> = {
  written: '<number|address>',
  read(text) {
    if (/^\+\d{3,15}$/.test(text)) return text
    if (isIP(text) !== 0) return canonicalAddress(text)
    const plain = plainNumber(text)
    if (/^\+\d{3,15}$/.test(plain)) return soughtNumber.read(plain)
    throw new UsageError('must be a number such as +12025550123, or an IP address')
  },
}

/** `tollgate audit erase`: what is on record of a number or address of a tenant is read no longer. */
export const auditErase = command({
  // Whom it has erased must not be on record again.
  recorded: 'without_numbers',
  argument: { type: subject, help: 'The number or address that is to become unreadable.' },
  options: {
    tenant: needed(anyText('<id>'), "In calls of this tenant; '' for those of no tenant."),
    ...officeOptions,
  },
  no: 'it was not on record',
  async run({ values, argument: text }, terminal) {
    const { tenant } = values
    return inRecords(values.config, terminal, async ({ settings, keys, index, indexer }) => {
      const { dir, cliDir } = auditPaths(settings.values)
      let destroyed = 0
      for (const each of [dir, cliDir]) {
        const entries = watched(logSource(each), each, terminal)(0)
        destroyed += await eraseSubject(keys, entries, { tenant, text })
      }
      const files = { keys, index: indexer.file ?? index }
      const records = forgetInIndex(files, { tenant, text })
      await terminal.record?.({ type: 'subject.erased', tenantId: tenant, keys: destroyed })
      overwrite(files)
      const lines = [`${destroyed} keys are destroyed; ${records} records now say "erased".`]
      show(terminal, { json: values.json, value: { keys: destroyed, records }, lines })
      return destroyed > 0 ? exitCodes.ok : exitCodes.no
    })
  },
})

/** `tollgate audit expire`: what has had its time by the terms of its tenant, now. */
export const auditExpire = command({
  recorded: 'whole',
  options: {
    [believeFlag]: flag('Trust the clock, however far it is from the time that was last trusted.'),
    ...officeOptions,
  },
  no: 'something stays because the clock is not trusted',
  async run({ values }, terminal) {
    return inRecords(values.config, terminal, async (office) => {
      const believes = values[believeFlag]
      const { gone, doubted } = await retain(office, { index: office.index, terminal, believes })
      if (doubted) terminal.err(doubted)
      const none = doubted ? [] : ['Nothing has expired.']
      const lines = gone.length === 0 ? none : gone.map(lineOf)
      show(terminal, { json: values.json, value: gone, lines })
      return doubted ? exitCodes.no : exitCodes.ok
    })
  },
})

function lineOf({ tenant, kind, throughMonth }: Gone): string {
  return `${tenant || 'no tenant'}: ${kind} gone up to ${throughMonth}`
}
