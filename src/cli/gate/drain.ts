import { type Clock, sleep, systemClock } from '../../kernel/clock.ts'
import { Failure } from '../../kernel/failure.ts'
import { command, exitCodes, type Terminal } from '../command.ts'
import { flag } from '../line/options.ts'
import { show } from '../line/show.ts'
import { askAll, askJson } from './client.ts'
import { gateOptions } from './options.ts'
import { type GatePlace, placeOf } from './where.ts'

const lookEveryMs = 1_000

/** `tollgate drain`: a gate takes no further calls; those that run go on. */
export const drain = command({
  options: {
    wait: flag('Wait until no call is in progress, or the gate has ended.'),
    ...gateOptions,
  },
  async run({ values }, terminal) {
    const place = await placeOf(values)
    const asking = { method: 'POST', path: '/v1/drain' } as const
    const { running } = await askJson<{ readonly running: number }>(place, asking)
    if (!values.wait) {
      const lines = [`The gate takes no more calls; ${running} are in progress.`]
      show(terminal, { json: values.json, value: { state: 'draining', running }, lines })
      return exitCodes.ok
    }
    await untilNone(place, systemClock(), terminal)
    const lines = ['The gate takes no more calls, and none is in progress.']
    show(terminal, { json: values.json, value: { state: 'drained', running: 0 }, lines })
    return exitCodes.ok
  },
})

/** The gate itself bounds how long that is (`drain.deadlineMs`). */
async function untilNone(place: GatePlace, clock: Clock, terminal: Terminal): Promise<void> {
  for (;;) {
    const running = await runningOn(place)
    terminal.progress?.(running === 0 ? '' : `${running} calls are in progress`)
    if (running === 0) return
    await sleep(clock, lookEveryMs)
  }
}

/** A gate that has ended has none. */
async function runningOn(place: GatePlace): Promise<number> {
  try {
    const query = { limit: '100' }
    return (await askAll(place, { method: 'GET', path: '/v1/live-calls', query })).length
  } catch (error) {
    if (error instanceof Failure && error.cause !== undefined) return 0
    throw error
  }
}
