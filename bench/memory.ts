import { setTimeout as delay } from 'node:timers/promises'
import { startTestGate } from '../test/support/gate.ts'
import { runLoad, startLoad } from './load.ts'
import type { Plan } from './plan.ts'
import type { Report, Row } from './report.ts'

const perSecond = 100
const warmUp = { perSecond: 50, seconds: 5, holdMs: 200 }
const bytesPerMb = 1024 * 1024

/** Memory of the gate with many calls running, and what is left of it after they have ended. */
export async function memoryOfCalls({ runningCalls, afterS }: Plan): Promise<Report> {
  await using gate = await startTestGate()
  const rows: Row[] = []
  const note = async (when: string) => {
    const { residentBytes } = await gate.ask('usage')
    const { running } = await gate.ask('counts')
    rows.push({ when, calls: running, 'resident MB': residentBytes / bytesPerMb })
  }
  await note('started')
  await runLoad({ gate, ...warmUp })
  await note('warm')
  const seconds = runningCalls / perSecond
  const load = await startLoad({ gate, perSecond, seconds, holdMs: (seconds + 5) * 1000 })
  await delay((seconds + 2) * 1000)
  await note('all running')
  await load.done
  await note('all ended')
  await delay(afterS * 1000)
  await note(`${afterS} s later`)
  return { name: 'memory', title: `Memory at ${runningCalls} running calls`, rows }
}
