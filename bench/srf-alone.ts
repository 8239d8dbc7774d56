import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { median } from './cpu-of.ts'
import type { Plan } from './plan.ts'
import type { Report } from './report.ts'
import { srfOnServer } from './srf-server.ts'
import { srfOverSockets } from './srf-sockets.ts'

/** Calls a second over a socket, and for how long they are measured. */
const socketRate = 300
const socketMeasureS = 1.5
/** The same on a drachtio-server, which holds no more. */
const serverRates = [200, 300]
const serverRounds = 3
const serverMeasureS = 6

/**
 * What createB2BUA costs on drachtio-srf's own layers and on ours: without sockets, over one, and on a
 * drachtio-server where one is named.
 */
export async function srfCosts({ rounds }: Plan): Promise<readonly Report[]> {
  return [
    await srfCpu(rounds),
    await srfOverSockets({ rates: [socketRate], rounds, measureS: socketMeasureS }),
    ...(await srfOnServer({ rates: serverRates, rounds: serverRounds, measureS: serverMeasureS })),
  ]
}

/** CPU of a call in createB2BUA and below, without sockets: what is left of it on our layers. */
async function srfCpu(rounds: number): Promise<Report> {
  const spent = { plain: [] as number[], lean: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    spent.plain.push(await measure('plain'))
    spent.lean.push(await measure('lean'))
  }
  const [plain, lean] = [median(spent.plain), median(spent.lean)]
  return {
    name: 'srf',
    title: 'CPU per call of a bare B2BUA without sockets, microseconds',
    rows: [
      { 'under drachtio-srf': 'its own layers', client: plain, share: 1 },
      { 'under drachtio-srf': 'ours', client: lean, share: lean / plain },
    ],
    notes: [
      '8,000 calls after 4,000 to warm up, eight at once',
      `medians of ${rounds} runs by turns`,
    ],
  }
}

async function measure(layers: string): Promise<number> {
  const child = fork(join(import.meta.dirname, 'srf-process.ts'), [layers])
  const [us] = await once(child, 'message')
  const exited = once(child, 'exit')
  child.disconnect()
  await exited
  return us as number
}
