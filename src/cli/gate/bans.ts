import { command, exitCodes } from '../command.ts'
import { show } from '../line/show.ts'
import { word } from '../line/values.ts'
import { askAll, askJson } from './client.ts'
import { gateOptions } from './options.ts'
import { placeOf } from './where.ts'

/** A source that is not heard, as the API tells it. */
interface Ban {
  readonly source: string
  readonly until: string
}

/** `tollgate bans list`: whom a gate and its engine do not hear. */
export const bansList = command({
  options: gateOptions,
  async run({ values }, terminal) {
    const place = await placeOf(values)
    const query = { limit: '200' }
    const bans = await askAll<Ban>(place, { method: 'GET', path: '/v1/bans', query })
    const rows = bans.map(({ source, until }) => [source, until])
    show(terminal, {
      json: values.json,
      value: bans,
      table: { columns: ['source', 'until'], rows },
    })
    return exitCodes.ok
  },
})

/** `tollgate bans lift`: the source is heard again at once. */
export const bansLift = command({
  argument: { type: word('<source>'), help: 'An address or network, as `bans list` names it.' },
  options: gateOptions,
  no: 'it is not banned',
  async run({ values, argument: source }, terminal) {
    const place = await placeOf(values)
    await askJson(place, { method: 'POST', path: '/v1/bans/lift', body: { source } })
    const lines = [`${source} is no longer banned.`]
    show(terminal, { json: values.json, value: { source, state: 'lifted' }, lines })
    return exitCodes.ok
  },
})
