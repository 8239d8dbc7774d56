import { command, exitCodes } from '../command.ts'
import { strandedLine } from '../declared/lines.ts'
import { show } from '../line/show.ts'
import { askJson } from './client.ts'
import { gateOptions } from './options.ts'
import { placeOf } from './where.ts'

/** What a reload has done, as the API tells it. */
interface Reloaded {
  readonly atNextStart: readonly string[]
  readonly strandedKeys: readonly { readonly keyId: string; readonly reason: string }[]
}

/** `tollgate reload`: a gate reads its file, certificates, lists and tables again, as by SIGHUP. */
export const reload = command({
  options: gateOptions,
  no: 'some of it cannot be used, so that everything stays as it was',
  async run({ values }, terminal) {
    const place = await placeOf(values)
    const value = await askJson<Reloaded>(place, { method: 'POST', path: '/v1/reload' })
    const later = value.atNextStart.map((name) => `From the next start: ${name}.`)
    const lines = ['The gate uses what it has read.', ...later]
    show(terminal, { json: values.json, value, lines })
    for (const { keyId, reason } of value.strandedKeys) {
      terminal.err(strandedLine(keyId, reason))
    }
    return exitCodes.ok
  },
})
