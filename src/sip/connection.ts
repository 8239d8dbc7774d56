import type { Socket } from 'node:net'
import Srf from 'drachtio-srf'
import { type Clock, sleep, type Timer } from '../kernel/clock.ts'
import { Failure } from '../kernel/failure.ts'
import type { Logger } from '../kernel/logger.ts'
import type { Random } from '../kernel/random.ts'
import type { Secret } from '../kernel/secret.ts'
import { ofDrachtioServer, ofEmbeddedEngine } from './abilities.ts'
import { createExchange, type Handlers } from './dispatch.ts'
import type { Exchange } from './exchange.ts'
import { certificateOf, classify } from './frames.ts'
import { leanSrf } from './lean-srf.ts'
import { requestVerbs, verbs } from './methods.ts'
import { DialledCall, type DialRequest, type OutboundCall } from './outbound-call.ts'
import { RawMessage } from './raw-message.ts'
import type { SrfFrames } from './srf-frames.ts'

export interface EngineOptions {
  readonly host: string
  readonly port: number
  readonly secret: Secret
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** How long the first connection may take, milliseconds; without it ten seconds. */
  readonly connectTimeoutMs?: number | undefined
}

/** What is alive at this moment: all zero when there is no call. */
export interface EngineCounts {
  readonly invites: number
  readonly dials: number
  readonly dialogs: number
  /** Requests that drachtio-srf holds, waiting for a final response, either way. */
  readonly held: number
}

/** The gate's connection to its engine. When it is lost every call on it is over; it comes back. */
export interface EngineConnection extends AsyncDisposable {
  /** Whether the engine can be spoken to now, and hands over the calls that were asked for. */
  readonly ready: boolean
  /** What the engine says it is. */
  readonly version: string
  /** Where the engine listens for SIP, as `protocol/address:port`. */
  readonly addresses: readonly string[]
  /** Whether the engine tells of a 100 that an INVITE of ours got; drachtio-server does not. */
  readonly reportsTrying: boolean
  readonly counts: EngineCounts
  /** Asks the engine for calls from now on; resolves when it will hand over the next one. */
  serve(handlers: Handlers): Promise<void>
  /**
   * Tells the engine to hand new requests to others from now on; what belongs to a call still comes
   * here. Resolves when no further one is on its way, or when the engine does not say so in time.
   */
  leave(): Promise<void>
  /** Sends an INVITE. */
  dial(request: DialRequest): OutboundCall
}

/** The embedded engine names itself so within its version. */
const ownMark = '+tollgate'
/** How long the first connection may take, unless told otherwise. */
const connectMaxMs = 10_000
/** Longest pause between two attempts to connect again. */
const retryMaxDelayMs = 2_000
/** How often the engine is asked for a sign of life. */
const pingPeriodMs = 5_000
/** How long the engine may take to let go of a gate that leaves. */
const leaveTimeoutMs = 2_000
/** Without any frame for this long the connection counts as lost. */
const silenceMaxMs = 15_000
/**
 * Connects and authenticates. Fails with `engine_refused` for a wrong secret and with
 * `engine_unreachable` when nobody answers in time. Afterwards it reconnects by itself for ever.
 */
export async function connectEngine(options: EngineOptions): Promise<EngineConnection> {
  const connection = new Connection(options)
  try {
    await connection.established
    return connection
  } catch (error) {
    await connection[Symbol.asyncDispose]()
    throw error
  }
}

class Connection implements EngineConnection {
  readonly established: Promise<void>
  version = ''
  addresses: readonly string[] = []
  readonly #options: EngineOptions
  readonly #srf = new Srf()
  readonly #exchange: Exchange
  readonly #frames: SrfFrames
  readonly #pinging: Timer
  #handlers: Handlers | undefined
  #socket: Socket | undefined
  #lastFrameMs = 0
  #isLeaving = false
  /** Whether the engine has yet to take what it is asked for. */
  #isTelling = false
  /** The frame that drachtio-srf is reading: it hands over its message in the same turn. */
  #frame = ''

  constructor(options: EngineOptions) {
    this.#options = options
    const { host, port, secret, clock, connectTimeoutMs = connectMaxMs } = options
    const established = Promise.withResolvers<void>()
    this.established = established.promise
    const timer = clock.after(connectTimeoutMs, () => {
      established.reject(new Failure('engine_unreachable', `no engine answers at ${host}:${port}`))
    })
    this.#srf.on('connect', (error: unknown, addresses: string, version: string) => {
      timer.cancel()
      if (error) {
        options.logger.error({ host, port }, 'the engine refuses our secret')
        established.reject(new Failure('engine_refused', 'the engine refuses our secret'))
      } else {
        this.#connected(addresses, version)
        established.resolve()
      }
    })
    this.#srf.on('error', (error: Error) => {
      options.logger.warn({ host, port, cause: error.message }, 'the engine cannot be reached')
    })
    const reconnect = { retryMaxDelay: retryMaxDelayMs }
    void this.#srf.connect({ host, port, secret: secret.reveal(), reconnect })
    this.#frames = leanSrf(this.#srf.app.client)
    this.#exchange = createExchange({
      ...options,
      agent: this.#srf.app.client,
      handlers: () => this.#handlers,
      // What drachtio-server may one day say in these fields would not be what ours says.
      certificate: () => (this.reportsTrying ? certificateOf(this.#frame) : undefined),
    })
    this.#takeFrames()
    this.#pinging = clock.every(pingPeriodMs, () => this.#ping())
  }

  get ready(): boolean {
    return this.#socket !== undefined && !this.#isTelling
  }

  get reportsTrying(): boolean {
    return this.version.includes(ownMark)
  }

  get counts(): EngineCounts {
    const { invites, dials, dialogs } = this.#exchange
    let held = 0
    for (const server of this.#srf.app.client.mapServer.values()) {
      held += server.pendingSipRequests.size + server.pendingNetworkInvites.size
    }
    return { invites: invites.size, dials: dials.size, dialogs: dialogs.size, held }
  }

  async serve(handlers: Handlers): Promise<void> {
    this.#handlers = handlers
    if (this.#socket) await this.#tellOfVerbs(this.#socket, 'route', verbs)
  }

  async leave(): Promise<void> {
    this.#isLeaving = true
    if (!this.#socket) return
    const left = this.#tellOfVerbs(this.#socket, 'remove_route', requestVerbs)
    await Promise.race([left, sleep(this.#options.clock, leaveTimeoutMs)])
  }

  dial(request: DialRequest): OutboundCall {
    return new DialledCall(this.#exchange, this.#socket, request)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#pinging.cancel()
    const { wp, mapServer } = this.#srf.app.client
    wp.closing = true
    if (wp.reconnectVars.retryTimer) clearTimeout(wp.reconnectVars.retryTimer)
    this.#frames.flush()
    for (const socket of mapServer.keys()) socket.destroySoon()
    this.#lost()
  }

  /** Steps between drachtio-srf's socket and its reader; see docs/decisions/0030. */
  #takeFrames(): void {
    const agent = this.#srf.app.client
    agent.set('handler', this.#exchange.deliver)
    agent.wp.removeAllListeners('msg')
    agent.wp.on('msg', (socket: Socket, frame: string) => {
      this.#lastFrameMs = this.#options.clock.monotonic()
      const what = classify(frame)
      if (what.kind === 'readable') this.#pass(socket, frame)
      else if (what.kind === 'unreadable') this.#refuseUnreadable(socket, what)
      else {
        const cancel = new RawMessage(what.text)
        this.#exchange.invites.get(what.transactionId)?.cancelled(cancel, what.byEngine)
      }
    })
    agent.wp.on('close', (socket: Socket) => {
      if (socket === this.#socket) this.#lost()
    })
  }

  #pass(socket: Socket, frame: string): void {
    this.#frame = frame
    try {
      this.#srf.app.client._onMsg(socket, frame)
    } catch (error) {
      const cause = error instanceof Error ? error.stack : String(error)
      this.#options.logger.error({ cause }, 'a frame from the engine could not be handled')
    } finally {
      this.#frame = ''
    }
  }

  #refuseUnreadable(
    socket: Socket,
    { transactionId, wantsAnswer }: { transactionId: string; wantsAnswer: boolean },
  ): void {
    this.#options.logger.warn({ wantsAnswer }, 'a message had an unreadable header')
    if (!wantsAnswer) return
    const answer = 'SIP/2.0 400 Unreadable Header\r\nContent-Length: 0\r\n\r\n'
    this.#srf.app.client.wp.send(socket, `sip|${transactionId}|\r\n${answer}`)
  }

  #connected(addresses: string, version: string): void {
    const [socket] = this.#srf.app.client.mapServer.keys()
    if (!socket) return
    this.#socket = socket
    this.version = version
    this.addresses = addresses.split(',')
    this.#lastFrameMs = this.#options.clock.monotonic()
    this.#exchange.wire.abilities = this.reportsTrying ? ofEmbeddedEngine : ofDrachtioServer
    this.#options.logger.info({ version, addresses }, 'connected to the engine')
    if (this.#isLeaving || !this.#handlers) return
    this.#isTelling = true
    void this.#tellOfVerbs(socket, 'route', verbs).then(() => {
      if (socket === this.#socket) this.#isTelling = false
    })
  }

  /** Resolves with the reply to the last frame: an engine takes them in order. Or with its loss. */
  #tellOfVerbs(
    socket: Socket,
    what: 'route' | 'remove_route',
    verbs: readonly string[],
  ): Promise<void> {
    const { wp, mapServer } = this.#srf.app.client
    let last = ''
    for (const verb of verbs) last = wp.send(socket, `${what}|${verb}`)
    return new Promise((resolve) => {
      mapServer.get(socket)?.pendingRequests.set(last, () => resolve())
      socket.once('close', resolve)
    })
  }

  #ping(): void {
    const socket = this.#socket
    if (!socket) return
    const silentMs = this.#options.clock.monotonic() - this.#lastFrameMs
    if (silentMs > silenceMaxMs) socket.destroy(new Error('the engine gives no sign of life'))
    else this.#srf.app.client.wp.send(socket, 'ping')
  }

  /** The engine is gone, and with it every call: what we still held of them ends now. */
  #lost(): void {
    this.#socket = undefined
    this.#isTelling = false
    const { dialogs, invites, dials } = this.#exchange
    const alive = new Set([...invites.values(), ...dials, ...dialogs.values()])
    if (alive.size > 0) {
      this.#options.logger.error(
        { alive: alive.size },
        'the engine was lost with calls in progress',
      )
    }
    for (const owner of alive) owner.engineLost()
    dialogs.clear()
    invites.clear()
    dials.clear()
  }
}
