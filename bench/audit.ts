import { setTimeout as delay } from 'node:timers/promises'
import { startTestGate, type TestGate } from '../test/support/gate.ts'
import { openPhone, type Phone } from '../test/support/phone.ts'
import { playCarrier, probe, probesPerSecond } from './latency.ts'
import { spentBetween, startLoad } from './load.ts'
import { holdMs, type Plan } from './plan.ts'
import { percentile, type Report, type Row } from './report.ts'

/** After a change over, what was begun before it is done with. */
const settleS = 2

interface Stretch {
  readonly cpuMs: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/**
 * What the audit log adds to a call: one gate under one load, by turns with its log and with one
 * that keeps nothing.
 */
export async function auditCost(plan: Plan): Promise<Report> {
  const { pairs, perSecond, seconds } = plan.audit
  await using gate = await startTestGate()
  await using carrier = await openPhone(gate.carrierPorts[0])
  await using prober = await openPhone()
  const arrivals = playCarrier(carrier, gate)
  const whole = plan.warmUpS + 2 * pairs * (seconds + settleS)
  const load = await startLoad({ gate, perSecond, seconds: whole, holdMs, ownCallee: true })
  await delay(plan.warmUpS * 1000)
  const without: Stretch[] = []
  const withLog: Stretch[] = []
  const around = { gate, prober, arrivals, perSecond, seconds }
  for (let pair = 0; pair < pairs; pair++) {
    without.push(await stretch({ ...around, isOn: false, nth: 2 * pair }))
    withLog.push(await stretch({ ...around, isOn: true, nth: 2 * pair + 1 }))
  }
  const { failed } = await load.done
  const rows = [rowOf('without', without), rowOf('with', withLog), added(without, withLog)]
  return {
    name: 'audit',
    title: `What the audit log adds to a call at ${perSecond} calls/s, milliseconds`,
    rows,
    notes: [
      `medians of ${pairs} stretches of ${seconds} s each, by turns in one gate; failed calls: ${failed}`,
      'CPU: all threads of the gate, for each call; in to out: from INVITE in to INVITE out, on the wire',
    ],
  }
}

interface Turn {
  readonly gate: TestGate
  readonly prober: Phone
  readonly arrivals: ReadonlyMap<string, number>
  readonly perSecond: number
  readonly seconds: number
  readonly isOn: boolean
  readonly nth: number
}

async function stretch(turn: Turn): Promise<Stretch> {
  const { gate, prober, arrivals, perSecond, seconds, isOn, nth } = turn
  await gate.ask(isOn ? 'auditOn' : 'auditOff')
  await delay(settleS * 1000)
  const count = seconds * probesPerSecond
  const before = await gate.ask('usage')
  const from = performance.now()
  const sent = await probe({ gate, prober, first: nth * count, count })
  const passedS = (performance.now() - from) / 1000
  const spent = spentBetween(before, await gate.ask('usage'))
  const passedMs = [...sent].map(([number, atMs]) => (arrivals.get(number) ?? Infinity) - atMs)
  return {
    cpuMs: spent.wholeUs / 1000 / ((perSecond + probesPerSecond) * passedS),
    p50Ms: percentile(passedMs, 0.5),
    p99Ms: percentile(passedMs, 0.99),
  }
}

function rowOf(log: string, stretches: readonly Stretch[]): Row {
  const median = (pick: (one: Stretch) => number) => percentile(stretches.map(pick), 0.5)
  return {
    log,
    CPU: median(({ cpuMs }) => cpuMs),
    'in to out p50': median(({ p50Ms }) => p50Ms),
    'in to out p99': median(({ p99Ms }) => p99Ms),
  }
}

/** Each stretch against the one before it: what else the machine does weighs on both. */
function added(without: readonly Stretch[], withLog: readonly Stretch[]): Row {
  const differences = withLog.map((one, at) => {
    const other = without[at] ?? one
    return {
      cpuMs: one.cpuMs - other.cpuMs,
      p50Ms: one.p50Ms - other.p50Ms,
      p99Ms: one.p99Ms - other.p99Ms,
      share: (100 * (one.cpuMs - other.cpuMs)) / other.cpuMs,
    }
  })
  const share = percentile(
    differences.map((one) => one.share),
    0.5,
  )
  return { ...rowOf(`added (CPU ${share.toFixed(1)} %)`, differences) }
}
