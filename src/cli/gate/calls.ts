import { command, exitCodes } from '../command.ts'
import { optional } from '../line/options.ts'
import { show } from '../line/show.ts'
import { word } from '../line/values.ts'
import { askAll, askJson } from './client.ts'
import { gateOptions } from './options.ts'
import { placeOf } from './where.ts'

/** A call in progress, as the API tells it. */
interface LiveCall {
  readonly callId: string
  readonly since: string
  readonly tenant: string | null
  readonly keyId: string | null
  readonly emergency: boolean
}

/** `tollgate calls list`: the calls in progress on a gate. */
export const callsList = command({
  options: { tenant: optional(word('<id>'), 'Only of this tenant.'), ...gateOptions },
  async run({ values }, terminal) {
    const { tenant, json } = values
    const place = await placeOf(values)
    const query = { tenant, limit: '100' }
    const calls = await askAll<LiveCall>(place, { method: 'GET', path: '/v1/live-calls', query })
    const rows = calls.map(({ callId, since, tenant: of, keyId, emergency }) => {
      return [callId, since, of ?? undefined, keyId ?? undefined, emergency ? 'emergency' : '']
    })
    const table = { columns: ['call', 'since', 'tenant', 'key', ''], rows }
    show(terminal, { json, value: calls, table })
    if (calls.length === 0 && !json) terminal.err('No call is in progress.')
    return exitCodes.ok
  },
})

/** `tollgate calls end`: both sides hear BYE. */
export const callsEnd = command({
  argument: { type: word('<call-id>'), help: 'Its id in `calls list`.' },
  options: gateOptions,
  no: 'it is not in progress, or an emergency call, which is never ended',
  async run({ values, argument: callId }, terminal) {
    const place = await placeOf(values)
    const path = `/v1/live-calls/${encodeURIComponent(callId)}/end`
    await askJson(place, { method: 'POST', path })
    const lines = [`Call ${callId} is being ended.`]
    show(terminal, { json: values.json, value: { callId, state: 'ending' }, lines })
    return exitCodes.ok
  },
})
