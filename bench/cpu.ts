import { setTimeout as delay } from 'node:timers/promises'
import { startTestGate } from '../test/support/gate.ts'
import { type CpuSpent, type LoadResult, type Refusal, spentBetween, startLoad } from './load.ts'
import { holdMs, type Plan } from './plan.ts'
import type { Report, Row } from './report.ts'

const unknownKey: Refusal = { key: 'unknown', reason: 'credentials_invalid' }
const deniedCountry: Refusal = {
  key: 'good',
  called: '+442079460123',
  reason: 'geo_country_denied',
}

/** CPU time that an admitted call costs the whole gate, its engine included. */
export function admittedCpu(plan: Plan): Promise<Report> {
  return report(plan, { name: 'admitted', title: 'CPU per admitted call, milliseconds' })
}

/** CPU time of a call whose key nobody has. */
export function refusedCpu(plan: Plan): Promise<Report> {
  const title = 'CPU per INVITE refused for its key, milliseconds'
  return report(plan, { name: 'refused', title, refusal: unknownKey })
}

/** CPU time of a call with a good key to a country that its policy does not allow. */
export function deniedCpu(plan: Plan): Promise<Report> {
  const title = 'CPU per INVITE refused for its destination, milliseconds'
  return report(plan, { name: 'denied', title, refusal: deniedCountry })
}

/** A gate that has started is not at rest at once: seconds. */
const restS = 15

/**
 * CPU time that a gate takes with nothing to do: it is in every figure of a call, and the more of it
 * the fewer calls share it.
 */
export async function idleCpu({ rates, measureS, afterS }: Plan): Promise<Report> {
  await using gate = await startTestGate()
  await delay(Math.max(restS, afterS) * 1000)
  const before = await gate.ask('usage')
  await delay(measureS * 1000)
  const { mainUs, engineUs, otherUs, wholeUs } = spentBetween(before, await gate.ask('usage'))
  const inSecond = (us: number) => us / 1000 / measureS
  const row: Row = {
    main: inSecond(mainUs),
    engine: inSecond(engineUs),
    other: inSecond(otherUs),
    whole: inSecond(wholeUs),
  }
  const shares = rates.map((rate) => [`a call at ${rate}/s`, inSecond(wholeUs) / rate] as const)
  return {
    name: 'idle',
    title: 'CPU of a gate with nothing to do, milliseconds in a second',
    rows: [{ ...row, ...Object.fromEntries(shares) }],
    notes: ['a call: what of it is in each at that rate'],
  }
}

interface Question {
  readonly name: string
  readonly title: string
  readonly refusal?: Refusal
}

async function report(plan: Plan, { name, title, refusal }: Question): Promise<Report> {
  const rows: Row[] = []
  for (const perSecond of plan.rates) {
    const { spent, after, result } = await measure(plan, perSecond, refusal)
    const calls = perSecond * plan.measureS
    const each = (us: number) => us / 1000 / calls
    rows.push({
      'calls/s': perSecond,
      main: each(spent.mainUs),
      engine: each(spent.engineUs),
      other: each(spent.otherUs),
      whole: each(spent.wholeUs),
      afterwards: after / 1000 / (perSecond * (plan.warmUpS + plan.measureS)),
      failed: result.failed,
      retransmitted: result.retransmissions,
    })
  }
  const notes = [
    'main: decision, signing, relaying; engine: SIP and its transactions; other: garbage collection, file writes',
    `afterwards: what all threads use in the ${plan.afterS} s after the load, for each call of it`,
  ]
  return { name, title, rows, notes }
}

interface Measured {
  readonly spent: CpuSpent
  /** Microseconds. */
  readonly after: number
  readonly result: LoadResult
}

async function measure(
  { warmUpS, measureS, afterS }: Plan,
  perSecond: number,
  refusal: Refusal | undefined,
): Promise<Measured> {
  await using gate = await startTestGate()
  const seconds = warmUpS + measureS
  const load = await startLoad({ gate, perSecond, seconds, holdMs, refusal })
  await delay(warmUpS * 1000)
  const before = await gate.ask('usage')
  await delay(measureS * 1000)
  const at = await gate.ask('usage')
  const result = await load.done
  const end = await gate.ask('usage')
  await delay(afterS * 1000)
  const after = spentBetween(end, await gate.ask('usage')).wholeUs
  return { spent: spentBetween(before, at), after, result }
}
