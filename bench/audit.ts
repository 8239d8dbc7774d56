import { setTimeout as delay } from 'node:timers/promises'
import { startTestGate, type TestGate } from '../test/support/gate.ts'
import { openPhone, type Phone } from '../test/support/phone.ts'
import { playCarrier, probe, probesPerSecond } from './latency.ts'
import { spentBetween, startLoad } from './load.ts'
import { holdMs, type Plan } from './plan.ts'
import { percentile, type Report, type Row } from './report.ts'

/** After a change over, what was begun before it is done with: the index takes a busy log every five seconds. */
const settleS = 6

/** How long the carrier takes to ring: one that is as quick as can be, and one as they are. */
const pausesMs = [0, 80]

/** Medians and worst of a hundred, milliseconds. */
interface Stretch {
  readonly cpuMs: number
  readonly outP50Ms: number
  readonly outP99Ms: number
  readonly ringP50Ms: number
  readonly ringP99Ms: number
  readonly answerP99Ms: number
}

/** A stretch without the log, and the one with it next to it. */
interface Pair {
  readonly without: Stretch
  readonly withLog: Stretch
}

/**
 * What the audit log adds to a call: one gate under one load, by turns with its log and with one
 * that keeps nothing, and by turns with a carrier that rings at once and one that takes its time.
 */
export async function auditCost(plan: Plan): Promise<Report> {
  const { warmUpS, pairs, perSecond, seconds } = plan.audit
  await using gate = await startTestGate()
  await using carrier = await openPhone(gate.carrierPorts[0])
  await using prober = await openPhone()
  const pause = { ms: 0 }
  const arrivals = playCarrier(carrier, gate, pause)
  const stretches = 2 * pairs * pausesMs.length
  const whole = warmUpS + stretches * (seconds + settleS)
  const load = await startLoad({ gate, perSecond, seconds: whole, holdMs, ownCallee: true })
  await delay(warmUpS * 1000)
  let nth = 0
  const turn = (isOn: boolean) =>
    stretch({ gate, prober, arrivals, perSecond, seconds, isOn, nth: nth++ })
  const measured = pausesMs.map((pauseMs) => ({ pauseMs, turns: [] as Pair[] }))
  for (let pair = 0; pair < pairs; pair++) {
    for (const { pauseMs, turns } of measured) {
      pause.ms = pauseMs
      // The same side first in each pair would have what a gate gains by running on.
      const withFirst = pair % 2 === 1
      const first = await turn(withFirst)
      const second = await turn(!withFirst)
      turns.push(withFirst ? pairOf(second, first) : pairOf(first, second))
    }
  }
  const { failed } = await load.done
  // What the carrier has still to say needs its socket.
  await delay(settleS * 1000)
  return {
    name: 'audit',
    title: `What the audit log adds to a call at ${perSecond} calls/s, milliseconds`,
    rows: measured.flatMap(({ pauseMs, turns }) => rowsOf(pauseMs, turns)),
    notes: [
      `medians of ${pairs} stretches of ${seconds} s each, by turns in one gate; failed calls: ${failed}`,
      'rings: how long the carrier takes to ring, which answers at the same time',
      'CPU: all threads of the gate, for each call; out: from INVITE in to INVITE out, on the wire',
      'ring, answer: from INVITE in to the 180, and to the final answer',
    ],
  }
}

function pairOf(without: Stretch, withLog: Stretch): Pair {
  return { without, withLog }
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
  const rings = new Map<string, number>()
  const sent = await probe({ gate, prober, first: nth * count, count, answers, rings })
  const passedS = (performance.now() - from) / 1000
  const spent = spentBetween(before, await gate.ask('usage'))
  const until = (moments: ReadonlyMap<string, number>) =>
    [...sent].map(([number, atMs]) => (moments.get(number) ?? Infinity) - atMs)
  const [outMs, ringMs, answerMs] = [until(arrivals), until(rings), until(answers)]
  return {
    cpuMs: spent.wholeUs / 1000 / ((perSecond + probesPerSecond) * passedS),
    outP50Ms: percentile(outMs, 0.5),
    outP99Ms: percentile(outMs, 0.99),
    ringP50Ms: percentile(ringMs, 0.5),
    ringP99Ms: percentile(ringMs, 0.99),
    answerP99Ms: percentile(answerMs, 0.99),
  }
}

function rowsOf(pauseMs: number, turns: readonly Pair[]): Row[] {
  const rings = pauseMs === 0 ? 'at once' : `after ${pauseMs} ms`
  const row = (log: string, stretches: readonly Stretch[]) => ({
    rings,
    log,
    ...figuresOf(stretches),
  })
  const without = turns.map((pair) => pair.without)
  const withLog = turns.map((pair) => pair.withLog)
  const shares = turns.map((pair) => 100 * (pair.withLog.cpuMs / pair.without.cpuMs - 1))
  return [
    row('without', without),
    row('with', withLog),
    row(`added (CPU ${percentile(shares, 0.5).toFixed(1)} %)`, turns.map(difference)),
  ]
}

function figuresOf(stretches: readonly Stretch[]): Row {
  const median = (pick: (one: Stretch) => number) => percentile(stretches.map(pick), 0.5)
  return {
    CPU: median(({ cpuMs }) => cpuMs),
    'out p50': median(({ outP50Ms }) => outP50Ms),
    'out p99': median(({ outP99Ms }) => outP99Ms),
    'ring p50': median(({ ringP50Ms }) => ringP50Ms),
    'ring p99': median(({ ringP99Ms }) => ringP99Ms),
    'answer p99': median(({ answerP99Ms }) => answerP99Ms),
  }
}

/** Each stretch against the one beside it: what else the machine does weighs on both. */
function difference({ without, withLog }: Pair): Stretch {
  return {
    cpuMs: withLog.cpuMs - without.cpuMs,
    outP50Ms: withLog.outP50Ms - without.outP50Ms,
    outP99Ms: withLog.outP99Ms - without.outP99Ms,
    ringP50Ms: withLog.ringP50Ms - without.ringP50Ms,
    ringP99Ms: withLog.ringP99Ms - without.ringP99Ms,
    answerP99Ms: withLog.answerP99Ms - without.answerP99Ms,
  }
}
