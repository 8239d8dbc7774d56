import { createSocket, type Socket } from 'node:dgram'
import { EventEmitter, once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server, type Socket as TcpSocket } from 'node:net'
import type { ListenerSettings } from '../../src/engine/transport/open.ts'
import { takePort } from '../support/gate-ports.ts'
import { openHouse } from './house.ts'
import { RawApp } from './raw-app.ts'

/** One thing that happened in a captured conversation with drachtio-server. */
interface Event {
  /** `admin` with the number of the connection, or who has a datagram. */
  readonly channel: string
  /** Whether the server said it, rather than being told. */
  readonly fromServer: boolean
  /** '' where an app closes its connection. */
  readonly text: string
}

/** What separates the words of frames and messages that are compared one by one. */
const separators = /([|;:=<>@,\s"]+)/
const plainBody = /^content-type: text\/plain\r\n/im
const uuid = /^[0-9a-f]{8}-[0-9a-f-]{27}$/
const serverTag = /^[A-Za-z0-9]{12,14}$/
const timeOfDay = /^\d\d:\d\d:\d\d\.\d{6}$/

/**
 * Plays the app's frames and the user agents' datagrams of a transcript to our engine and compares
 * all that it says with what drachtio-server said: the same frames and messages, field by field and
 * header by header, with ids, tags, numbers and ports replaced one for one.
 */
export async function replay(name: string): Promise<void> {
  const path = new URL(`./transcripts/${name}.txt`, import.meta.url)
  const transcript = readFileSync(path, 'utf8')
  const stage = await Stage.open(transcript)
  try {
    for (const event of eventsOf(transcript)) await stage.play(event)
  } finally {
    await stage.close()
  }
}

/** The events in their order; a datagram of the server's that comes again is left out. */
function eventsOf(transcript: string): Event[] {
  const events: Event[] = []
  const said = new Set<string>()
  for (const block of transcript.split(/\n(?=\[)/)) {
    const [head = '', ...lines] = block.split('\n')
    const closed = /---- conn#(\d+): app closed/.exec(head)?.[1]
    if (closed) events.push({ channel: `admin${closed}`, fromServer: false, text: '' })
    const parts = /\] (ADMIN|SIP)(?:\/\w+)? +([\w-]+)(?:\(\d+\))? --> ([\w-]+)/.exec(head)
    if (!parts) continue
    const [, kind, from = '', to = ''] = parts
    const fromServer = from === 'drachtio'
    const peer = fromServer ? to : from
    const connection = /conn#(\d+)/.exec(head)?.[1] ?? '1'
    const channel = kind === 'ADMIN' ? `admin${connection}` : peer
    const body = lines.filter((line) => line.startsWith('    ')).map((line) => line.slice(4))
    const all = body.length > 1 ? `${body.join('\r\n')}\r\n` : (body[0] ?? '')
    // A transcript ends the last line of every body; only a session description has that itself.
    const text = plainBody.test(all) ? all.slice(0, -2) : all
    if (kind === 'SIP' && fromServer && said.has(text)) continue
    said.add(text)
    events.push({ channel, fromServer, text })
  }
  return events
}

/** The engine, the app and the user agents, and which of our words stand for which of theirs. */
class Stage {
  readonly #house: Awaited<ReturnType<typeof openHouse>>
  /** By the channel that each is in the transcript. */
  readonly #apps = new Map<string, RawApp>()
  readonly #agents: Map<string, Party>
  readonly #ours: Map<string, string>

  constructor(
    house: Awaited<ReturnType<typeof openHouse>>,
    agents: Map<string, Party>,
    ours: Map<string, string>,
  ) {
    this.#house = house
    this.#agents = agents
    this.#ours = ours
  }

  static async open(transcript: string): Promise<Stage> {
    const house = await openHouse({ cdrs: true, listen: await onePort() })
    const agents = new Map<string, Party>()
    const ours = new Map<string, string>()
    const named = transcript.matchAll(/([\w-]+)=(UDP|TCP) (\d+)/g)
    for (const [, agent = '', protocol, port = ''] of named) {
      const opened = protocol === 'TCP' ? await StreamAgent.open() : await Agent.open()
      agents.set(agent, opened)
      ours.set(port, String(opened.port))
    }
    ours.set(/SIP 127\.0\.0\.1:(\d+)/.exec(transcript)?.[1] ?? '', String(house.port))
    return new Stage(house, agents, ours)
  }

  async play(event: Event): Promise<void> {
    if (event.channel.startsWith('admin')) return this.#playFrame(event)
    const agent = this.#agents.get(event.channel)
    if (!event.fromServer) agent?.send(this.#translate(event.text), this.#house.port)
    else if (agent) this.#compare(event.text, await agent.next(event.text.slice(0, 20)))
  }

  async close(): Promise<void> {
    for (const app of this.#apps.values()) app.close()
    for (const agent of this.#agents.values()) agent.close()
    await this.#house.close()
  }

  async #playFrame({ channel, fromServer, text }: Event): Promise<void> {
    const app = this.#apps.get(channel) ?? (await RawApp.open(this.#house.engine.adminPort))
    this.#apps.set(channel, app)
    if (text === '') return app.leave()
    if (!fromServer) {
      const payload = this.#translate(text)
      app.write(`${Buffer.byteLength(payload)}#${payload}`)
      return
    }
    const lineEnd = text.indexOf('\r\n')
    const theirs = (lineEnd < 0 ? text : text.slice(0, lineEnd)).split('|')
    const frame = await app.next(() => true)
    // The reply to `authenticate` lists what the machine listens on, in an order of its own.
    if (theirs[4]?.startsWith('tcp/')) return
    this.#compareFields(theirs, frame.fields)
    this.#compare(lineEnd < 0 ? '' : text.slice(lineEnd + 2), frame.text)
  }

  #compareFields(theirs: readonly string[], ours: readonly string[]): void {
    const differ = () => new Error(`fields differ:\n${theirs.join('|')}\n${ours.join('|')}`)
    if (theirs.length !== ours.length) throw differ()
    const sizeAt = theirs[1] === 'sip' ? 3 : 5
    theirs.forEach((field, at) => {
      const mine = ours[at] ?? ''
      // The frame's own id; a size, because of `received`; and the protocol, which drachtio-server
      // leaves empty for ACK and for answers to other requests than INVITE.
      if (at === 0 || at === sizeAt || (field === '' && /^(udp|tcp)$/.test(mine))) return
      if (timeOfDay.test(field) && timeOfDay.test(mine)) return
      if (!this.#same(field, mine)) throw differ()
    })
  }

  #compare(theirs: string, ours: string): void {
    // RFC 3581 4 wants `received` next to `rport`, and RFC 5393 5.3.3 Max-Breadth in what is
    // forwarded; drachtio-server leaves both out.
    const bare = ours.replace(/;received=127\.0\.0\.1/g, '').replace(/Max-Breadth: \d+\r\n/, '')
    // RFC 3261 12.1.1 wants a Contact in an 18x that opens a dialog; so does it here.
    const lacksContact = theirs.startsWith('SIP/2.0 18') && !theirs.includes('\r\nContact:')
    const mine = sortedHeaders(lacksContact ? bare.replace(/Contact: .*\r\n/, '') : bare)
    // RFC 3261 12.1.1 wants Record-Route where a dialog can be opened, which a 100 does not do.
    const isTrying = theirs.startsWith('SIP/2.0 100')
    const wanted = isTrying ? theirs.replace(/Record-Route: .*\r\n/g, '') : theirs
    if (!this.#same(sortedHeaders(wanted), mine)) throw new Error(`differ:\n${theirs}\n${ours}`)
  }

  /** Whether two texts are the same, word for word, but for names given to the same things. */
  #same(theirs: string, ours: string): boolean {
    const a = theirs.trimEnd().split(separators)
    const b = ours.trimEnd().split(separators)
    return a.length === b.length && a.every((word, at) => this.#sameWord(word, b[at] ?? ''))
  }

  #sameWord(theirs: string, ours: string): boolean {
    const known = this.#ours.get(theirs)
    if (known !== undefined) return known === ours
    if (theirs === ours) return true
    if (!uuid.test(theirs) && !serverTag.test(theirs) && !theirs.startsWith('z9hG4bK')) {
      if (!/^\d{9}$/.test(theirs)) return false
    }
    this.#ours.set(theirs, ours)
    return true
  }

  #translate(theirs: string): string {
    const words = theirs.split(separators)
    return words.map((word) => this.#ours.get(word) ?? word).join('')
  }
}

/** UDP and TCP on one port, as drachtio-server had it. */
async function onePort(): Promise<ListenerSettings[]> {
  const where = { address: '127.0.0.1', port: await takePort() }
  return [
    { protocol: 'udp', ...where },
    { protocol: 'tcp', ...where },
  ]
}

/** The message with its headers by name: their order between names means nothing (RFC 3261 7.3.1). */
function sortedHeaders(text: string): string {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return text
  const [start = '', ...headers] = text.slice(0, end).split('\r\n')
  const name = (header: string) => header.slice(0, header.indexOf(':'))
  headers.sort((a, b) => name(a).localeCompare(name(b)))
  return `${[start, ...headers].join('\r\n')}${text.slice(end)}`
}

/** A user agent of a conversation. */
interface Party {
  readonly port: number
  send(text: string, port: number): void
  next(what: string): Promise<string>
  close(): void
}

/** What a user agent has got and nobody has asked for yet. */
class Inbox {
  readonly #got: string[] = []
  readonly #taken = new EventEmitter()

  put(text: string): void {
    this.#got.push(text)
    this.#taken.emit('taken')
  }

  async next(what: string): Promise<string> {
    const signal = AbortSignal.timeout(5_000)
    while (this.#got.length === 0) {
      await once(this.#taken, 'taken', { signal }).catch(() => {
        throw new Error(`did not come: ${what}`)
      })
    }
    return this.#got.shift() ?? ''
  }
}

/** A TCP server that answers on the connection on which it was spoken to, one message a segment. */
class StreamAgent implements Party {
  readonly #server: Server
  readonly #inbox = new Inbox()
  #connection: TcpSocket | undefined

  constructor(server: Server) {
    this.#server = server
    server.on('connection', (connection) => {
      this.#connection = connection
      connection.on('data', (bytes) => this.#inbox.put(bytes.toString()))
    })
  }

  static async open(): Promise<StreamAgent> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new StreamAgent(server)
  }

  get port(): number {
    const address = this.#server.address()
    return address !== null && typeof address === 'object' ? address.port : 0
  }

  send(text: string): void {
    this.#connection?.write(text)
  }

  next(what: string): Promise<string> {
    return this.#inbox.next(what)
  }

  close(): void {
    this.#connection?.destroy()
    this.#server.close()
  }
}

/** A UDP socket that keeps what it gets, repetitions left out. */
class Agent implements Party {
  readonly #socket: Socket
  readonly #inbox = new Inbox()
  readonly #seen = new Set<string>()

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('message', (bytes) => {
      const text = bytes.toString()
      if (this.#seen.has(text)) return
      this.#seen.add(text)
      this.#inbox.put(text)
    })
  }

  static async open(): Promise<Agent> {
    const socket = createSocket('udp4')
    socket.bind({ port: 0, address: '127.0.0.1' })
    await once(socket, 'listening')
    return new Agent(socket)
  }

  get port(): number {
    return this.#socket.address().port
  }

  send(text: string, port: number): void {
    this.#socket.send(text, port, '127.0.0.1')
  }

  next(what: string): Promise<string> {
    return this.#inbox.next(what)
  }

  close(): void {
    this.#socket.close()
  }
}
