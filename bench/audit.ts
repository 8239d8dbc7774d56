import { setTimeout as delay } from 'node:timers/promises'
import { startTestGate, type TestGate } from '../test/support/gate.ts'
import { openPhone, type Phone } from '../test/support/phone.ts'
import { playCarrier, probe, probesPerSecond } from './latency.ts'
import { spentBetween, startLoad } from './load.ts'
import { holdMs, type Plan } from './plan.ts'
import { percentile, type Report, type Row } from './report.ts'

/** After a change over, what was begun before it is done with. */
const settleS = 2

/** Medians and worst of a hundred, milliseconds. */
interface Stretch {
  readonly cpuMs: number
  readonly outP50Ms: number
  readonly outP99Ms: number
  readonly answerP50Ms: number
  readonly answerP99Ms: number
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
      'CPU: all threads of the gate, for each call; out: from INVITE in to INVITE out, on the wire',
      'answer: from INVITE in to the final answer, of a carrier that answers within a millisecond',
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
  const answers = new Map<string, number>()
  const sent = await probe({ gate, prober, first: nth * count, count, answers })
  const passedS = (performance.now() - from) / 1000
  const spent = spentBetween(before, await gate.ask('usage'))
  const until = (moments: ReadonlyMap<string, number>) =>
    [...sent].map(([number, atMs]) => (moments.get(number) ?? Infinity) - atMs)
  const [outMs, answerMs] = [until(arrivals), until(answers)]
  return {
    cpuMs: spent.wholeUs / 1000 / ((perSecond + probesPerSecond) * passedS),
    outP50Ms: percentile(outMs, 0.5),
    outP99Ms: percentile(outMs, 0.99),
    answerP50Ms: percentile(answerMs, 0.5),
    answerP99Ms: percentile(answerMs, 0.99),
  }
}

function rowOf(log: string, stretches: readonly Stretch[]): Row {
  const median = (pick: (one: Stretch) => number) => percentile(stretches.map(pick), 0.5)
  return {
    log,
    CPU: median(({ cpuMs }) => cpuMs),
    'out p50': median(({ outP50Ms }) => outP50Ms),
    'out p99': median(({ outP99Ms }) => outP99Ms),
    'answer p50': median(({ answerP50Ms }) => answerP50Ms),
    'answer p99': median(({ answerP99Ms }) => answerP99Ms),
  }
}

/** Each stretch against the one before it: what else the machine does weighs on both. */
function added(without: readonly Stretch[], withLog: readonly Stretch[]): Row {
  const pairs = withLog.map((one, at) => ({ one, other: without[at] ?? one }))
  const differences = pairs.map(({ one, other }) => ({
    cpuMs: one.cpuMs - other.cpuMs,
    outP50Ms: one.outP50Ms - other.outP50Ms,
    outP99Ms: one.outP99Ms - other.outP99Ms,
    answerP50Ms: one.answerP50Ms - other.answerP50Ms,
    answerP99Ms: one.answerP99Ms - other.answerP99Ms,
  }))
  const shares = pairs.map(({ one, other }) => (100 * (one.cpuMs - other.cpuMs)) / other.cpuMs)
  return rowOf(`added (CPU ${percentile(shares, 0.5).toFixed(1)} %)`, differences)
}
