import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { keepPort } from '../test/support/gate-ports.ts'
import { startSipp } from '../test/support/sipp.ts'
import type { B2buaUsage } from './b2bua-process.ts'
import { median } from './cpu-of.ts'
import { numbers } from './load.ts'
import { holdMs } from './plan.ts'
import type { Report, Row } from './report.ts'

/** How hard and how often. */
export interface B2buaPlan {
  readonly rates: readonly number[]
  readonly rounds: number
  readonly warmUpS: number
  readonly measureS: number
}

const layers = ['plain', 'lean'] as const
type Layers = (typeof layers)[number]

interface Spent {
  readonly clientMs: number
  readonly engineMs: number
  readonly wholeMs: number
  readonly failed: number
}

/** CPU of a call that drachtio-srf's createB2BUA carries on the embedded engine, by thread. */
export async function b2buaCpu(plan: B2buaPlan): Promise<Report> {
  const rows: Row[] = []
  for (const rate of plan.rates) {
    const spent: Record<Layers, Spent[]> = { plain: [], lean: [] }
    // By turns, so that what else the machine does falls on both.
    for (let round = 0; round < plan.rounds; round++) {
      for (const one of layers) spent[one].push(await measure(plan, rate, one))
    }
    for (const one of layers) {
      rows.push({
        'calls/s': rate,
        'under drachtio-srf': one === 'plain' ? 'its own layers' : 'ours',
        client: median(spent[one].map(({ clientMs }) => clientMs)),
        engine: median(spent[one].map(({ engineMs }) => engineMs)),
        whole: median(spent[one].map(({ wholeMs }) => wholeMs)),
        failed: spent[one].reduce((all, { failed }) => all + failed, 0),
      })
    }
  }
  const notes = [
    'client: createB2BUA of drachtio-srf 5.0.29; engine: the thread with the sockets; whole: and all others',
    `medians of ${plan.rounds} runs by turns, ${plan.measureS} s each`,
  ]
  return { name: 'b2bua', title: 'CPU per call of a bare B2BUA, milliseconds', rows, notes }
}

async function measure(plan: B2buaPlan, rate: number, one: Layers): Promise<Spent> {
  const [sipPort, calleePort] = [await keepPort(), await keepPort()]
  const seconds = plan.warmUpS + plan.measureS
  const calls = rate * seconds
  const common = { calls, trace: false, timeoutMs: seconds * 1000 + holdMs + 30_000 }
  await using _callee = await startSipp({ ...common, scenario: 'uas-answer', port: calleePort })
  const child = fork(join(import.meta.dirname, 'b2bua-process.ts'), [
    ...[String(sipPort), String(calleePort), one],
  ])
  await once(child, 'message')
  await using caller = await startSipp({
    ...common,
    holdMs,
    scenario: 'uac-load',
    rate,
    remotePort: sipPort,
    called: numbers[0],
    field0: numbers,
    keys: { apikey: 'none', caller: numbers[1] ?? '', reason: 'none' },
    extra: ['-timer_resol', '2'],
  })
  await delay(plan.warmUpS * 1000)
  const before = await usageOf(child)
  await delay(plan.measureS * 1000)
  const after = await usageOf(child)
  const { failed } = await caller.done
  const exited = once(child, 'exit')
  child.send('close')
  await exited
  const each = (us: number) => us / 1000 / (rate * plan.measureS)
  return {
    clientMs: each(after.clientUs - before.clientUs),
    engineMs: each(after.engineUs - before.engineUs),
    wholeMs: each(after.processUs - before.processUs),
    failed: failed + after.failed,
  }
}

async function usageOf(child: ChildProcess): Promise<B2buaUsage> {
  child.send('usage')
  const [usage] = await once(child, 'message')
  return usage as B2buaUsage
}
