import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { drachtioVariable, startDrachtio } from '../test/support/gate-drachtio.ts'
import { keepPort } from '../test/support/gate-ports.ts'
import { startSipp } from '../test/support/sipp.ts'
import { median } from './cpu-of.ts'
import { numbers } from './load.ts'
import { holdMs } from './plan.ts'
import type { Report, Row } from './report.ts'

/** How hard and how often. */
export interface ServerPlan {
  readonly rates: readonly number[]
  readonly rounds: number
  readonly measureS: number
}

const kinds = ['plain', 'lean'] as const
type Kind = (typeof kinds)[number]

const names: Readonly<Record<Kind, string>> = {
  plain: 'its own layers',
  lean: 'ours',
}

/** What every client is compiled after, calls a second: what the server holds. */
const warmUpRate = 200
const warmUpCalls = 5_000
/** Until as many calls end as begin, seconds. */
const settleS = holdMs / 1000 + 1

/**
 * CPU per call of createB2BUA on a real drachtio-server, in a process of its own: on drachtio-srf's
 * layers and on ours, by turns, each with its server. None where no server is named.
 */
export async function srfOnServer(plan: ServerPlan): Promise<readonly Report[]> {
  if (!process.env[drachtioVariable]) return []
  await using stack = new AsyncDisposableStack()
  const clients: Client[] = []
  for (const kind of kinds) clients.push(await startClient(kind, stack))
  for (const client of clients) await place(client, warmUpRate, warmUpCalls)
  const rows: Row[] = []
  for (const rate of plan.rates) {
    const spent: Record<Kind, Spent[]> = { plain: [], lean: [] }
    for (let round = 0; round < plan.rounds; round++) {
      for (const client of clients) spent[client.kind].push(await measure(plan, rate, client))
    }
    const plain = median(spent.plain.map(({ us }) => us))
    for (const kind of kinds) {
      const us = median(spent[kind].map((one) => one.us))
      const failed = spent[kind].reduce((all, one) => all + one.failed, 0)
      const share = us / plain
      rows.push({ 'calls/s': rate, 'under drachtio-srf': names[kind], us, share, failed })
    }
  }
  return [reportOf(rows, plan)]
}

function reportOf(rows: readonly Row[], { rounds, measureS }: ServerPlan): Report {
  return {
    name: 'srf-server',
    title: 'CPU per call of a bare B2BUA on a drachtio-server, microseconds',
    rows,
    notes: [
      `createB2BUA of drachtio-srf 5.0.29, after ${warmUpCalls} calls`,
      `medians of ${rounds} stretches by turns, ${measureS} s each`,
    ],
  }
}

interface Spent {
  readonly us: number
  readonly failed: number
}

/** A client and its server. */
interface Client {
  readonly kind: Kind
  readonly child: ChildProcess
  readonly sipPort: number
  readonly calleePort: number
}

async function startClient(kind: Kind, stack: AsyncDisposableStack): Promise<Client> {
  const [sipPort, calleePort] = [await keepPort(), await keepPort()]
  const { adminPort } = stack.use(await startDrachtio({ sipPort }))
  const child = fork(join(import.meta.dirname, 'srf-socket-process.ts'), [
    ...[kind, String(adminPort), String(calleePort)],
  ])
  stack.defer(async () => {
    const exited = once(child, 'exit')
    child.disconnect()
    await exited
  })
  await once(child, 'message')
  return { kind, child, sipPort, calleePort }
}

async function measure(plan: ServerPlan, rate: number, client: Client): Promise<Spent> {
  const { measureS } = plan
  const placed = place(client, rate, rate * (settleS + measureS))
  await delay(settleS * 1000)
  const before = await cpuOf(client.child)
  await delay(measureS * 1000)
  const us = ((await cpuOf(client.child)) - before) / (rate * measureS)
  return { us, failed: await placed }
}

/** Places so many calls at this rate; resolves with how many failed. */
async function place(client: Client, rate: number, calls: number): Promise<number> {
  const common = { calls, trace: false, timeoutMs: (calls / rate) * 1000 + holdMs + 30_000 }
  await using _callee = await startSipp({
    ...common,
    scenario: 'uas-answer',
    port: client.calleePort,
  })
  await using caller = await startSipp({
    ...common,
    scenario: 'uac-load',
    rate,
    holdMs,
    remotePort: client.sipPort,
    called: numbers[0],
    field0: numbers,
    keys: { apikey: 'none', caller: numbers[1] ?? '', reason: 'none' },
    extra: ['-timer_resol', '2'],
  })
  return (await caller.done).failed
}

async function cpuOf(child: ChildProcess): Promise<number> {
  child.send('usage')
  const [us] = await once(child, 'message')
  return us as number
}
