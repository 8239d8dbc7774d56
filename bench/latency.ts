import { setTimeout as delay } from 'node:timers/promises'
import { startTestGate, type TestGate } from '../test/support/gate.ts'
import { ownNumber } from '../test/support/gate-config.ts'
import { type InviteText, openPhone, type Phone } from '../test/support/phone.ts'
import { headerValues } from '../test/support/sipp-log.ts'
import { startLoad } from './load.ts'
import { holdMs, type Plan } from './plan.ts'
import { percentile, type Report, type Row } from './report.ts'

/** So often the way through the gate is measured. */
export const probesPerSecond = 20
/** Numbers that only probes call. */
const firstProbe = 12_132_200_000

/** How long a decision takes and how long an INVITE is on its way through the gate, under load. */
export async function latency(plan: Plan): Promise<Report> {
  const rows: Row[] = []
  for (const perSecond of plan.rates) rows.push(await measure(plan, perSecond))
  return {
    name: 'latency',
    title: 'Time of a decision, and from INVITE in to INVITE out, milliseconds',
    rows,
    notes: [
      'decided: from the key looked up to the decision made; recorded: until it survives a kill -9',
      'in to out: on the wire, from the INVITE sent to the gate to the INVITE at the carrier',
    ],
  }
}

async function measure({ warmUpS, measureS }: Plan, perSecond: number): Promise<Row> {
  await using gate = await startTestGate()
  await using carrier = await openPhone(gate.carrierPorts[0])
  await using prober = await openPhone()
  const arrivals = playCarrier(carrier, gate)
  const seconds = warmUpS + measureS
  const load = await startLoad({ gate, perSecond, seconds, holdMs, ownCallee: true })
  await delay(warmUpS * 1000)
  await gate.ask('decisions')
  const sent = await probe({ gate, prober, count: measureS * probesPerSecond })
  const { decidedMs, recordedMs } = await gate.ask('decisions')
  await load.done
  const passedMs = [...sent].map(([number, atMs]) => (arrivals.get(number) ?? Infinity) - atMs)
  return {
    'calls/s': perSecond,
    ...middleAndTail('decided', decidedMs),
    ...middleAndTail('recorded', recordedMs),
    ...middleAndTail('in to out', passedMs),
    samples: passedMs.length,
  }
}

function middleAndTail(what: string, samples: readonly number[]): Row {
  return {
    [`${what} p50`]: percentile(samples, 0.5),
    [`${what} p99`]: percentile(samples, 0.99),
  }
}

/**
 * Answers the calls of the load; a probe it notes and turns away. Gives the arrivals by number. What it
 * says it says after the pause, with 0 at once.
 */
export function playCarrier(
  phone: Phone,
  { sipPort }: TestGate,
  pause: { ms: number } = { ms: 0 },
): Map<string, number> {
  const arrivals = new Map<string, number>()
  const say = (text: string, ...statuses: readonly string[]) => {
    const sayNow = () => {
      for (const status of statuses) phone.answer(text, status, sipPort)
    }
    if (pause.ms === 0) sayNow()
    else setTimeout(sayNow, pause.ms)
  }
  phone.onMessage = (text, atMs) => {
    if (text.startsWith('SIP/2.0') || text.startsWith('ACK ')) return
    const number = text.slice(text.indexOf('+'), text.indexOf('@'))
    if (!text.startsWith('INVITE ')) phone.answer(text, '200 OK', sipPort)
    else if (number.startsWith('+1213')) {
      if (!arrivals.has(number)) arrivals.set(number, atMs)
      say(text, '180 Ringing', '486 Busy Here')
    } else say(text, '180 Ringing', '200 OK')
  }
  return arrivals
}

/** Which INVITEs are sent. */
export interface Probing {
  readonly gate: TestGate
  readonly prober: Phone
  /** How many went before. */
  readonly first?: number
  readonly count: number
  /** Takes down when each was answered, by number. */
  readonly answers?: Map<string, number>
  /** And when its callee rang. */
  readonly rings?: Map<string, number>
}

/** Sends INVITEs at an even pace and acknowledges their answers. Gives when each was sent. */
export async function probe({
  gate,
  prober,
  first = 0,
  count,
  answers,
  rings,
}: Probing): Promise<Map<string, number>> {
  const sent = new Map<string, number>()
  const invites = new Map<string, InviteText>()
  prober.onMessage = (text, atMs) => {
    const invite = invites.get(headerValues(text, 'Call-ID')[0] ?? '')
    const status = text.slice(8, 11)
    if (invite && status === '180' && !rings?.has(invite.called)) rings?.set(invite.called, atMs)
    if (!invite || status < '200') return
    prober.acknowledge(invite, text, gate.sipPort)
    if (!answers?.has(invite.called)) answers?.set(invite.called, atMs)
  }
  for (let at = first; at < first + count; at++) {
    const called = `+${firstProbe + at * 7}`
    const invite = { callId: `probe-${at}`, key: gate.keys.good, called, caller: ownNumber }
    invites.set(invite.callId, invite)
    sent.set(called, performance.now())
    prober.invite(invite, gate.sipPort)
    await delay(1000 / probesPerSecond)
  }
  return sent
}
