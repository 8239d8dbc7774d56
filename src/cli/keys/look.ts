import type { Key } from '../../domain/key.ts'
import { describeKey, type KeyDescription } from '../../keys/describe-key.ts'
import { readArguments } from '../arguments.ts'
import { type Command, exitCodes, printable } from '../command.ts'
import { keyLine, keyLines } from './describe.ts'
import { inOffice, keyIn, type Office, officeOptions, officeUsage } from './office.ts'

/** `tollgate keys list`: every key, or those of one tenant; no secrets. */
export const keysList: Command = {
  usage: `keys list [--tenant <id>] ${officeUsage}`,
  help: 'List the keys: id, mode, status, tenant, policy, last use.',
  async run(args, terminal) {
    const options = { ...officeOptions, tenant: { type: 'string' } } as const
    const wanted = { options, count: 0, otherwise: 'no argument belongs here' } as const
    const { values } = readArguments(args, wanted)
    return inOffice(values.config, async (office) => {
      const all = await office.books.keys.allKeys()
      const keys = all.filter(({ tenantId }) => !values.tenant || tenantId === values.tenant)
      const described = await Promise.all(keys.map((key) => describedNow(office, key)))
      if (values.json) terminal.out(JSON.stringify(described))
      else for (const key of described) terminal.out(printable(keyLine(key)))
      return exitCodes.ok
    })
  },
}

/** `tollgate keys show`: all of one key but its secret. */
export const keysShow: Command = {
  usage: `keys show <id> ${officeUsage}`,
  help: 'Show a key; of its secret nothing is kept that could be shown.',
  async run(args, terminal) {
    const wanted = { options: officeOptions, count: 1, otherwise: oneId } as const
    const { values, argument } = readArguments(args, wanted)
    return inOffice(values.config, async (office) => {
      const key = await describedNow(office, await keyIn(office, argument))
      if (values.json) terminal.out(JSON.stringify(key))
      else for (const line of keyLines(key)) terminal.out(printable(line))
      return exitCodes.ok
    })
  },
}

/** What is wrong where not exactly one id came. */
export const oneId = 'exactly one key id is needed'

async function describedNow({ books, clock }: Office, key: Key): Promise<KeyDescription> {
  const lastUsedAtMs = await books.keys.lastUsedAtMs(key.id)
  return describeKey(key, { nowMs: clock.now(), lastUsedAtMs })
}
