import { readFileSync } from 'node:fs'
import { startFlood } from '../test/support/flood.ts'
import { startTestGate } from '../test/support/gate.ts'
import { startLoad } from './load.ts'
import { holdMs, type Plan } from './plan.ts'
import type { Report, Row } from './report.ts'

const good = { perSecond: 50, seconds: 10 }
const floodPerS = 20_000

/** What good calls notice of INVITEs that nobody asked for, beside them on the same machine. */
export async function flood(_plan: Plan): Promise<Report> {
  const rows: Row[] = []
  for (const sources of [1, 250, 5_000]) {
    for (const isCold of [false, true]) rows.push(await beside(sources, isCold))
  }
  return {
    name: 'flood',
    title: `${good.perSecond} calls/s for ${good.seconds} s beside a flood of INVITEs`,
    rows,
    notes: ['"cold": the flood is there before the first call, so that nobody is known yet'],
  }
}

async function beside(sources: number, isCold: boolean): Promise<Row> {
  await using gate = await startTestGate({ callsMax: 20_000 })
  if (!isCold) await (await startLoad({ gate, holdMs, perSecond: 10, seconds: 2 })).done
  await using sender = await startFlood({ port: gate.sipPort, perS: floodPerS, sources })
  const load = await startLoad({ gate, holdMs, ...good })
  const { calls, failed, retransmissions } = await load.done
  const { sent, seconds } = await sender.stop()
  return {
    sources,
    cold: isCold ? 'yes' : 'no',
    'INVITEs/s': Math.round(sent / seconds),
    calls,
    failed,
    retransmitted: retransmissions,
    'lost in the kernel': kernelDrops(gate.sipPort),
  }
}

/** Datagrams to this port that found no room in a socket's buffer: the last column of its lines. */
function kernelDrops(port: number): number {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const lines = readFileSync('/proc/net/udp', 'utf8').split('\n')
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[1]?.endsWith(local))
    .reduce((sum, columns) => sum + Number(columns.at(-1)), 0)
}
