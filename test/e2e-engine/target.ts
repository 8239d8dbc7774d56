import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { expect } from 'vitest'
import { type OpenEngine, openEngine } from '../../src/engine/engine.ts'
import type { EngineSettings } from '../../src/engine/settings.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import type { Heard } from '../fuzz/torture-case.ts'
import { settings } from './house.ts'
import { RawApp } from './raw-app.ts'

/** The status that the application answers every request with: no part of the engine has it. */
const ofApplication = 499

const methods = [
  'invite',
  'register',
  'message',
  'options',
  'info',
  'notify',
  'subscribe',
  'publish',
]

/** How long a test waits for an answer that must come, milliseconds. */
const patienceMs = 10_000

/** An engine on loopback, its application that answers everything, and somebody who sends bytes. */
export interface Target extends AsyncDisposable {
  readonly engine: OpenEngine
  /** Sends a datagram; returns what is heard by the time that a later request is answered. */
  datagram(bytes: Buffer): Promise<Heard>
  /** Sends a datagram and waits for nothing. */
  throwDatagram(bytes: Buffer): void
  /** Writes to a connection of its own; returns what is heard before it is idle or closed. */
  stream(bytes: Buffer): Promise<Heard>
  /** Writes to a connection of its own and ends it; resolves when it is closed. */
  throwStream(bytes: Buffer): Promise<void>
  /** Has the application serve the sender of datagrams, who is a stranger until then. */
  register(): Promise<void>
  /** Resolves when the engine has answered a good request. */
  probe(): Promise<void>
  /** Ends the application. */
  leave(): void
}

/** Opens a target. When it is disposed of it must not have reported a fault. */
export async function openTarget(more: Partial<EngineSettings> = {}): Promise<Target> {
  const faults: unknown[] = []
  const engine = await openEngine(
    { ...settings, ...more },
    { clock: systemClock(), random: systemRandom(), report: (cause) => faults.push(cause) },
  )
  const app = await answeringApp(engine.adminPort)
  const [udp = 0, tcp = 0] = engine.listeners.map(({ port }) => port)
  const ears = await openEars(udp)
  return {
    engine,
    throwDatagram: (bytes) => ears.send(bytes),
    datagram: async (bytes) => {
      ears.send(bytes)
      return heardIn(await ears.ask('OPTIONS'))
    },
    stream: (bytes) => throughStream(tcp, bytes),
    throwStream: async (bytes) => {
      const socket = connect(tcp, '127.0.0.1')
      socket.on('error', () => undefined)
      socket.resume()
      socket.end(bytes)
      await inTime(once(socket, 'close'))
    },
    register: async () => void (await ears.ask('REGISTER')),
    leave: () => app.close(),
    probe: async () => void (await ears.ask('OPTIONS')),
    [Symbol.asyncDispose]: async () => {
      app.close()
      ears.close()
      await engine.close()
      expect(faults).toEqual([])
    },
  }
}

async function answeringApp(port: number): Promise<RawApp> {
  const app = await RawApp.open(port, settings.admin.secret)
  for (const method of methods) await app.reply(app.send(`route|${method}`))
  app.onFrame = ({ fields, text }) => {
    app.frames.length = 0
    if (fields[1] !== 'sip' || /^(SIP|ACK|CANCEL)/.test(text)) return
    const status = text.startsWith('REGISTER sip:welcome@') ? 200 : ofApplication
    app.send(`sip|${fields[8]}|`, `SIP/2.0 ${status} From The Application\n\n`)
  }
  return app
}

let probes = 0

/** A good request; its answer says that all that was sent before it has been dealt with. */
function probeBytes(method: string, protocol: string): { callId: string; bytes: Buffer } {
  const callId = `probe-${++probes}`
  const lines = [
    `${method} sip:welcome@127.0.0.1 SIP/2.0`,
    `Via: SIP/2.0/${protocol} 127.0.0.1:5999;rport;branch=z9hG4bK${callId}`,
    'From: <sip:probe@127.0.0.1>;tag=probe',
    'To: <sip:probe@127.0.0.1>',
    `Call-ID: ${callId}`,
    `CSeq: 1 ${method}`,
    'Content-Length: 0',
  ]
  return { callId, bytes: Buffer.from(`${lines.join('\r\n')}\r\n\r\n`) }
}

/** A UDP socket that remembers what comes until the next probe is answered. */
async function openEars(port: number) {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  let heard: string[] = []
  let awaited = ''
  let answered: (texts: string[]) => void = () => undefined
  socket.on('message', (bytes) => {
    const text = bytes.toString('latin1')
    if (!text.includes(`Call-ID: ${awaited}\r\n`)) heard.push(text)
    else {
      answered(heard)
      heard = []
    }
  })
  const send = (bytes: Buffer) => socket.send(bytes, port, '127.0.0.1')
  return {
    send,
    close: () => socket.close(),
    ask: (method: string) => {
      const { callId, bytes } = probeBytes(method, 'UDP')
      awaited = callId
      send(bytes)
      return inTime(
        new Promise<string[]>((resolve) => {
          answered = resolve
        }),
      )
    },
  }
}

/** What a connection brings until the probe behind the bytes is answered, or it is closed or idle. */
async function throughStream(port: number, bytes: Buffer): Promise<Heard> {
  const socket = connect(port, '127.0.0.1')
  const { callId, bytes: probe } = probeBytes('OPTIONS', 'TCP')
  let text = ''
  const done = new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      if (text.includes(`Call-ID: ${callId}\r\n`)) resolve()
    })
    socket.on('error', () => resolve())
    socket.on('close', () => resolve())
    // Where the message takes what follows for its own there is nothing to wait for.
    socket.setTimeout(idleMs, resolve)
  })
  socket.write(Buffer.concat([bytes, probe]))
  await inTime(done)
  socket.destroy()
  const own = callIdIn(bytes.toString('latin1'))
  const others = text.split(/(?=^SIP\/2\.0 )/m).filter((one) => !one.includes(callId))
  return heardIn(others.filter((one) => one.includes(own)))
}

/** The Call-ID of the first message, '' when it has none. */
function callIdIn(text: string): string {
  return /^(?:Call-ID|i) *: *([^\r\n]*)/im.exec(text)?.[1] ?? ''
}

/** A connection on which nothing happens for this long has nothing more to say, milliseconds. */
const idleMs = 1_000

function heardIn(texts: readonly string[]): Heard {
  const statuses = texts.map((text) => Number(text.slice(8, 11))).filter((status) => status >= 200)
  const status = statuses[0]
  if (status === undefined) return 'silence'
  return status === ofApplication ? 'application' : status
}

async function inTime<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), patienceMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
