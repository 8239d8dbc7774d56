import { startRedis, startRedisCluster } from '../test/support/redis.ts'
import { excesses, type LoadStore, loadFor } from '../test/support/store-load.ts'
import { folderOf, openBenchStore, redisOptions } from './bench-store.ts'
import type { Plan } from './plan.ts'
import type { Report, Row } from './report.ts'

/** The lease that gates have unless told otherwise. */
const leaseMs = 24_000
const load = { leaseMs, tenants: 50, keysPerTenant: 10, clients: 8 }

/** Whether any limit was exceeded under load, and how long the slots of a dead gate were gone. */
export async function limits({ sustainS }: Plan): Promise<Report> {
  const seconds = sustainS
  const diesAfterS = seconds / 2
  await using folder = folderOf('limits')
  await using embedded = await openBenchStore({ adapter: 'embedded', path: folder.file('store') })
  const rows = [await rowOf('embedded', seconds, [{ store: embedded }])]
  for (const [name, start] of [
    ['two on Redis', startRedis],
    ['two on a cluster', startRedisCluster],
  ] as const) {
    await using redis = await start()
    await using kept = await openBenchStore(redisOptions(redis))
    await using dying = await openBenchStore(redisOptions(redis))
    rows.push(await rowOf(name, seconds, [{ store: kept }, { store: dying, diesAfterS }]))
  }
  return {
    name: 'limits',
    title: '50 tenants, 500 keys, eight clients, one of two gates dies halfway',
    rows,
    notes: [
      'exceeded: limits with more calls, slots or micros in them than they allow',
      'slots back: seconds from the death of the gate until all its slots were free (lease: 24 s)',
    ],
  }
}

async function rowOf(gates: string, seconds: number, stores: readonly LoadStore[]): Promise<Row> {
  const report = await loadFor({ ...load, seconds, gates: stores })
  const dies = stores.some(({ diesAfterS }) => diesAfterS !== undefined)
  return {
    gates,
    admitted: report.admitted,
    refused: report.refused,
    'asked/s': Math.round((report.admitted + report.refused) / seconds),
    exceeded: excesses(report).length,
    'slots lost': report.lostSlotsAtEnd,
    'slots back s': dies ? report.slotsBackAfterMs / 1000 : '-',
  }
}
