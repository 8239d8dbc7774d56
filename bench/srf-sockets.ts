import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createPacer } from '../src/kernel/pacer.ts'
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

const kinds = ['plain', 'lean', 'bare'] as const
type Kind = (typeof kinds)[number]

const names: Readonly<Record<Kind, string>> = {
  plain: 'drachtio-srf on its own layers',
  lean: 'drachtio-srf on ours',
  bare: 'none, the frames alone',
}

/** As the embedded engine spaces its writes to one client, milliseconds. */
const writeSpacingMs = 1
/** How long the other sides of a call take to answer, milliseconds. */
const answerMs = 3
/** What every process is compiled and warm after, calls a second: faster than is measured. */
const warmUpRate = 600
const warmUpCalls = 4_800

/**
 * CPU per call of a client in a process of its own, over a socket: createB2BUA, and one that only
 * exchanges the same frames, which nothing under drachtio-srf can go below.
 */
export async function srfOverSockets(plan: SocketPlan): Promise<Report> {
  const rows = []
  for (const rate of plan.rates) {
    const spent: Record<Kind, number[]> = { plain: [], lean: [], bare: [] }
    for (let round = 0; round < plan.rounds; round++) {
      for (const kind of kinds) spent[kind].push(await measure(plan, rate, kind))
    }
    const [plain, bare] = [median(spent.plain), median(spent.bare)]
    for (const kind of kinds) {
      const client = median(spent[kind])
      const above = (client - bare) / (plain - bare)
      rows.push({ 'calls/s': rate, client: names[kind], us: client, share: client / plain, above })
    }
  }
  return {
    name: 'srf-sockets',
    title: 'CPU per call of a bare B2BUA over a socket, microseconds',
    rows,
    notes: [
      '"the frames alone": a socket that reads the same frames and writes the same, and does nothing else',
      '"above": what is left of the part that a layer can save, which is what lies above that',
      `medians of ${plan.rounds} runs by turns, ${plan.measureS} s each`,
    ],
  }
}

async function measure(plan: SocketPlan, rate: number, kind: Kind): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const child = fork(join(import.meta.dirname, 'srf-socket-process.ts'), [kind, String(port)])
  const [socket] = await once(server, 'connection')
  const engine = new EnginePart(socket)
  await once(child, 'message')
  const calls = rate * plan.measureS
  await engine.place(warmUpRate, warmUpCalls)
  const before = await cpuOf(child)
  await engine.place(rate, calls)
  const after = await cpuOf(child)
  await delay(holdMs + 500)
  const exited = once(child, 'exit')
  child.disconnect()
  await exited
  server.close()
  if (engine.open > 0) throw new Error(`${engine.open} calls did not end`)
  return (after - before) / calls
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
  #placed = 0
  #queued: string[] = []
  #text = ''
  readonly #pacer = createPacer(writeSpacingMs, () => this.#flush())
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
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
        this.#send(firstOf(this.#placed++))
      }
    }
  }

  #take(text: string): void {
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
    const [reply, ...network] = answersTo(frame)
    if (reply) this.#send(reply)
    if (/\r\nSIP\/2.0 200 OK\r\n/.test(frame.payload) && !frame.payload.includes('m=audio')) {
      this.open--
    }
    network.forEach((text, at) => {
      setTimeout(() => this.#send(text), ends(text) ? holdMs : answerMs * (at + 1))
    })
  }

  #send(payload: string): void {
    this.#queued.push(framed(payload))
    this.#pacer.request()
  }

  #flush(): void {
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
