import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { MessageChannel, Worker } from 'node:worker_threads'
import { takePort } from '../test/support/gate-ports.ts'
import { median } from './cpu-of.ts'
import type { Plan } from './plan.ts'
import type { Report, Row } from './report.ts'
import type { SharingThread } from './sharing-thread.ts'

/** Requests on their way at once, over all sources together. */
const windowMax = 64
const secondsOfOne = 4
const threadFile = new URL('./sharing-thread.ts', import.meta.url)

interface Setup {
  readonly threads: 1 | 2
  readonly sources: number
  readonly handedInTen: number
}

/** Each source alone, then many; and what it costs when half of it is another thread's business. */
const setups: readonly Setup[] = [
  { threads: 1, sources: 1, handedInTen: 0 },
  { threads: 1, sources: 64, handedInTen: 0 },
  { threads: 2, sources: 1, handedInTen: 0 },
  { threads: 2, sources: 64, handedInTen: 0 },
  { threads: 2, sources: 64, handedInTen: 5 },
]

/** What is won by threads that share a UDP port (SO_REUSEPORT), for one source and for many. */
export async function sharing({ rounds }: Plan): Promise<Report> {
  const rows: Row[] = []
  for (const setup of setups) {
    const seen: Measured[] = []
    for (let round = 0; round < rounds; round++) seen.push(await measure(setup))
    rows.push({
      threads: setup.threads,
      sources: setup.sources,
      'handed on': `${setup.handedInTen * 10} %`,
      'busiest has': `${Math.round(100 * median(seen.map(({ busiest }) => busiest)))} %`,
      'CPU us/request': median(seen.map(({ cpuUs }) => cpuUs)),
      'requests/s': Math.round(median(seen.map(({ perSecond }) => perSecond))),
    })
  }
  const notes = [
    'an OPTIONS is read and answered with 200; CPU of the serving threads alone',
    'handed on: what the thread that got it must give to the other, which has its transaction or dialog',
  ]
  return { name: 'sharing', title: 'A UDP port shared by threads', rows, notes }
}

interface Measured {
  readonly busiest: number
  readonly cpuUs: number
  readonly perSecond: number
}

async function measure({ threads, sources, handedInTen }: Setup): Promise<Measured> {
  const port = await takePort()
  const { port1, port2 } = new MessageChannel()
  const ends = handedInTen > 0 ? [port1, port2] : [undefined, undefined]
  const workers: Worker[] = []
  for (const sibling of ends.slice(0, threads)) {
    const workerData: SharingThread = { port, sibling, handedInTen }
    const worker = new Worker(threadFile, {
      workerData,
      transferList: sibling ? [sibling] : [],
    })
    await once(worker, 'message')
    workers.push(worker)
  }
  const load = await startLoad(port, sources)
  await delay(1_000)
  const before = await take(workers)
  await delay(secondsOfOne * 1_000)
  const after = await take(workers)
  load.stop()
  for (const worker of workers) await worker.terminate()
  port1.close()
  port2.close()
  const served = after.map(({ count }, at) => count - (before[at]?.count ?? 0))
  const all = served.reduce((sum, one) => sum + one, 0)
  const cpuUs = after.reduce((sum, one, at) => sum + one.cpuUs - (before[at]?.cpuUs ?? 0), 0)
  return { busiest: Math.max(...served) / all, cpuUs: cpuUs / all, perSecond: all / secondsOfOne }
}

async function take(workers: readonly Worker[]) {
  return Promise.all(
    workers.map(async (worker) => {
      const counted = once(worker, 'message') as Promise<[number]>
      worker.postMessage('count')
      const [count] = await counted
      const { user, system } = await worker.cpuUsage()
      return { count, cpuUs: user + system }
    }),
  )
}

/** Keeps a number of requests on their way; each answer lets the next one go. */
async function startLoad(port: number, sources: number) {
  const sockets: Socket[] = []
  const perSource = windowMax / sources
  for (let at = 0; at < sources; at++) {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const request = requestFrom(socket.address().port, port)
    socket.on('message', () => socket.send(request, port, '127.0.0.1'))
    for (let more = 0; more < perSource; more++) socket.send(request, port, '127.0.0.1')
    sockets.push(socket)
  }
  return { stop: () => sockets.forEach((socket) => void socket.close()) }
}

function requestFrom(from: number, to: number): Buffer {
  const lines = [
    `OPTIONS sip:bob@127.0.0.1:${to} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${from};branch=z9hG4bK-sharing-${from};rport`,
    ...[
      'Max-Forwards: 70',
      `From: <sip:alice@127.0.0.1:${from}>;tag=al`,
      'To: <sip:bob@127.0.0.1>',
    ],
    ...[`Call-ID: sharing-${from}`, 'CSeq: 1 OPTIONS', 'Content-Length: 0', '', ''],
  ]
  return Buffer.from(lines.join('\r\n'))
}
