import type { Key } from '../../domain/key.ts'
import { describeKey, type KeyDescription } from '../../keys/describe-key.ts'
import { command, exitCodes } from '../command.ts'
import { officeOptions } from '../line/common.ts'
import { optional } from '../line/options.ts'
import { show } from '../line/show.ts'
import { word } from '../line/values.ts'
import { keyLines, keyTable } from './describe.ts'
import { inOffice, keyArgument, keyIn, type Office } from './office.ts'

/** `tollgate keys list`: every key, or those of one tenant; no secrets. */
export const keysList = command({
  recorded: 'whole',
  options: { tenant: optional(word('<id>'), 'Only keys of this tenant.'), ...officeOptions },
  async run({ values }, terminal) {
    return inOffice(values.config, async (office) => {
      const all = await office.books.keys.allKeys()
      const keys = all.filter(({ tenantId }) => !values.tenant || tenantId === values.tenant)
      const described = await Promise.all(keys.map((key) => describedNow(office, key)))
      show(terminal, { json: values.json, value: described, table: keyTable(described) })
      return exitCodes.ok
    })
  },
})

/** `tollgate keys show`: all of one key but its secret. */
export const keysShow = command({
  recorded: 'whole',
  argument: keyArgument,
  options: officeOptions,
  no: 'there is no such key',
  async run({ values, argument }, terminal) {
    return inOffice(values.config, async (office) => {
      const key = await describedNow(office, await keyIn(office, argument))
      show(terminal, { json: values.json, value: key, lines: keyLines(key) })
      return exitCodes.ok
    })
  },
})

async function describedNow({ books, clock }: Office, key: Key): Promise<KeyDescription> {
  const lastUsedAtMs = await books.keys.lastUsedAtMs(key.id)
  return describeKey(key, { nowMs: clock.now(), lastUsedAtMs })
}
