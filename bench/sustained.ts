import { startTestGate } from '../test/support/gate.ts'
import { type LoadResult, runLoad } from './load.ts'
import { holdMs, type Plan } from './plan.ts'
import type { Report, Row } from './report.ts'

const warmUp = { perSecond: 50, seconds: 5 }

/** The highest rate that holds without a failed call or a retransmission, by climbing a ladder. */
export async function sustainedRate(plan: Plan): Promise<Report> {
  const rows: Row[] = []
  let highest = 0
  for (const perSecond of plan.ladder) {
    const { calls, failed, retransmissions } = await hold(plan, perSecond)
    const clean = failed === 0 && retransmissions === 0 && calls === perSecond * plan.sustainS
    rows.push({ 'calls/s': perSecond, calls, failed, retransmitted: retransmissions })
    if (!clean) break
    highest = perSecond
  }
  return {
    name: 'sustained',
    title: `Highest rate held for ${plan.sustainS} s without a failed call or a retransmission`,
    rows,
    notes: [`${highest} calls/s`],
  }
}

async function hold({ sustainS }: Plan, perSecond: number): Promise<LoadResult> {
  await using gate = await startTestGate({ callsMax: 20_000 })
  await runLoad({ gate, holdMs, ...warmUp })
  return await runLoad({ gate, holdMs, perSecond, seconds: sustainS })
}
