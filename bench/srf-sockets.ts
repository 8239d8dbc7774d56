import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { writeSpacingMs } from '../src/engine/protocol/framing.ts'
import { createPacer, type Pacer } from '../src/kernel/pacer.ts'
import { median } from './cpu-of.ts'
import { holdMs } from './plan.ts'
import type { Report } from './report.ts'
import { answersTo, ends, firstOf, framed, framesIn } from './srf-peer.ts'

/** How hard and how often. */
export interface SocketPlan {
  readonly rates: readonly number[]
  readonly rounds: number
  readonly measureS: number
}

const kinds = ['plain, each', 'lean, each', 'bare, each', 'plain', 'lean', 'bare'] as const
type Kind = (typeof kinds)[number]

const names: Readonly<Record<Kind, string>> = {
  'plain, each': 'drachtio-srf on its own layers, each frame to it a write',
  'lean, each': 'drachtio-srf on ours, each frame to it a write',
  'bare, each': 'none, the frames alone, each frame to it a write',
  plain: 'drachtio-srf on its own layers',
  lean: 'drachtio-srf on ours',
  bare: 'none, the frames alone',
}

/** Whose engine writes each frame by itself, as drachtio-server does. */
const isUnpaced = (kind: Kind) => kind.endsWith(', each')

/** How long the other sides of a call take to answer, milliseconds. */
const answerMs = 3
/** Until as many calls end as begin, milliseconds. */
const settleMs = holdMs + 200
/** How long the last call may take to end, milliseconds. */
const endsWithinMs = 30_000
/** What every process is compiled and warm after, calls a second: faster than is measured. */
const warmUpRate = 1_000
const warmUpCalls = 12_000

/** What a call took: of the client's CPU, and of what passes between the two. */
interface Spent {
  readonly us: number
  readonly writes: number
  readonly reads: number
  /** From an INVITE given to it to its own, milliseconds. */
  readonly outMs: number
}

/**
 * CPU per call of a client in a process of its own, over a socket: createB2BUA, and one that only
 * exchanges the same frames, which nothing under drachtio-srf can go below. All clients are there at
 * once and measured by turns, in short stretches, so that what else the machine does falls on all.
 */
export async function srfOverSockets(plan: SocketPlan): Promise<Report> {
  const clients: Client[] = []
  for (const kind of kinds) clients.push(await startClient(kind))
  const rows = []
  for (const rate of plan.rates) {
    const spent: Record<Kind, Spent[]> = {
      'plain, each': [],
      'lean, each': [],
      'bare, each': [],
      plain: [],
      lean: [],
      bare: [],
    }
    for (let round = 0; round < plan.rounds; round++) {
      for (const client of clients) spent[client.kind].push(await measure(plan, rate, client))
    }
    const middle = (kind: Kind, what: keyof Spent) => median(spent[kind].map((one) => one[what]))
    for (const kind of kinds) {
      const us = middle(kind, 'us')
      const plain = middle(isUnpaced(kind) ? 'plain, each' : 'plain', 'us')
      const bare = middle(isUnpaced(kind) ? 'bare, each' : 'bare', 'us')
      const [share, above] = [us / plain, (us - bare) / (plain - bare)]
      const [writes, reads] = [middle(kind, 'writes'), middle(kind, 'reads')]
      const out = middle(kind, 'outMs')
      rows.push({ 'calls/s': rate, client: names[kind], us, share, above, writes, reads, out })
    }
  }
  for (const client of clients) await stop(client)
  return {
    name: 'srf-sockets',
    title: 'CPU per call of a bare B2BUA over a socket, microseconds',
    rows,
    notes: [
      '"the frames alone": a socket that reads the same frames and writes the same, and does nothing else',
      '"share": of the same on its own layers, where the engine writes in the same way',
      '"above": what is left of the part that a layer can save, which is what lies above that',
      '"writes": of the client; "reads": what the engine writes to it, so that it has to read',
      '"out": from an INVITE that the engine has for it to the one that it sends, median, milliseconds',
      `medians of ${plan.rounds} stretches by turns, ${plan.measureS} s each`,
    ],
  }
}

/** A client and its engine, warm. */
interface Client {
  readonly kind: Kind
  readonly child: ChildProcess
  readonly engine: EnginePart
  readonly server: Server
}

async function startClient(kind: Kind): Promise<Client> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const child = fork(join(import.meta.dirname, 'srf-socket-process.ts'), [
    ...[kind.split(',', 1)[0] ?? '', String(port)],
  ])
  const [socket] = await once(server, 'connection')
  const engine = new EnginePart(socket, isUnpaced(kind) ? 0 : writeSpacingMs)
  await once(child, 'message')
  await engine.place(warmUpRate, warmUpCalls)
  await engine.ended()
  return { kind, child, engine, server }
}

async function measure(plan: SocketPlan, rate: number, client: Client): Promise<Spent> {
  const { child, engine } = client
  await engine.place(rate, (rate * settleMs) / 1000)
  const [before, { writes, reads }] = [await cpuOf(child), engine]
  const calls = rate * plan.measureS
  engine.outMs.length = 0
  await engine.place(rate, calls)
  const us = ((await cpuOf(child)) - before) / calls
  const spent = {
    us,
    writes: (engine.reads - reads) / calls,
    reads: (engine.writes - writes) / calls,
    outMs: median(engine.outMs),
  }
  await engine.ended()
  return spent
}

async function stop({ child, server }: Client): Promise<void> {
  const exited = once(child, 'exit')
  child.disconnect()
  await exited
  server.close()
}

async function cpuOf(child: ChildProcess): Promise<number> {
  child.send('usage')
  const [us] = await once(child, 'message')
  return us as number
}

/** The engine, the callers and the callees. */
class EnginePart {
  /** Calls that have not ended. */
  open = 0
  writes = 0
  reads = 0
  /** How long each INVITE took to come out again. */
  readonly outMs: number[] = []
  readonly #placedAtMs = new Map<number, number>()
  #placed = 0
  #queued: string[] = []
  #text = ''
  readonly #pacer: Pacer | undefined
  readonly #socket: Socket

  /** Without a spacing every frame is written by itself, as drachtio-server does. */
  constructor(socket: Socket, spacingMs: number) {
    this.#socket = socket
    this.#pacer = spacingMs > 0 ? createPacer(spacingMs, () => this.#flush()) : undefined
    socket.setNoDelay(true)
    // A client that ends while it has not read everything resets the connection.
    socket.on('error', () => undefined)
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => this.#take(text))
  }

  /** Begins so many calls at this rate. */
  async place(rate: number, calls: number): Promise<void> {
    const beganMs = performance.now()
    for (let placed = 0; placed < calls; ) {
      await delay(1)
      const due = Math.min(calls, ((performance.now() - beganMs) / 1000) * rate)
      for (; placed < due; placed++) {
        this.open++
        this.#placedAtMs.set(this.#placed, performance.now())
        this.#send(firstOf(this.#placed++))
      }
    }
  }

  /** Resolves when every call has ended. */
  async ended(): Promise<void> {
    for (let waitedMs = 0; this.open > 0; waitedMs += answerMs) {
      if (waitedMs > endsWithinMs) throw new Error(`${this.open} calls did not end`)
      await delay(answerMs)
    }
  }

  #take(text: string): void {
    this.reads++
    this.#text += text
    const mark = this.#text.lastIndexOf('#')
    if (mark < 0) return
    const { frames, rest } = wholeFrames(this.#text)
    this.#text = rest
    for (const frame of framesIn(frames)) this.#answer(frame)
  }

  #answer(frame: ReturnType<typeof framesIn>[number]): void {
    if (frame.payload.startsWith('authenticate')) {
      this.#send(`e1|response|${frame.id}|OK|udp/127.0.0.1:5060|v0.9.10`)
      return
    }
    if (!frame.payload.startsWith('sip')) {
      this.#send(`e1|response|${frame.id}|OK`)
      return
    }
    this.#noteOut(frame.payload)
    const [reply, ...network] = answersTo(frame)
    if (reply) this.#send(reply)
    if (/\r\nSIP\/2.0 200 OK\r\n/.test(frame.payload) && !frame.payload.includes('m=audio')) {
      this.open--
    }
    network.forEach((text, at) => {
      setTimeout(() => this.#send(text), ends(text) ? holdMs : answerMs * (at + 1))
    })
  }

  #noteOut(payload: string): void {
    const number = Number(/^sip\|\|\r\nINVITE \S*?call-(\d+)/.exec(payload)?.[1])
    const placedAtMs = this.#placedAtMs.get(number)
    if (placedAtMs === undefined) return
    this.#placedAtMs.delete(number)
    this.outMs.push(performance.now() - placedAtMs)
  }

  #send(payload: string): void {
    this.#queued.push(framed(payload))
    if (this.#pacer) this.#pacer.request()
    else this.#flush()
  }

  #flush(): void {
    this.writes++
    this.#socket.write(this.#queued.join(''))
    this.#queued = []
  }
}

function wholeFrames(text: string): { frames: string; rest: string } {
  let at = 0
  for (;;) {
    const mark = text.indexOf('#', at)
    const end = mark + 1 + Number(text.slice(at, mark))
    if (mark < 0 || end > text.length) return { frames: text.slice(0, at), rest: text.slice(at) }
    at = end
  }
}
