import { createHash, timingSafeEqual } from 'node:crypto'
import type { Socket } from 'node:net'
import type { Clock, Timer } from '../../kernel/clock.ts'
import { readProxyCommand } from '../proxy/command.ts'
import { parseAppMessage } from './app-message.ts'
import type { FrameText } from './frame-text.ts'
import { FrameReader, FrameWriter, frameBytesMax } from './framing.ts'
import type { Client, Core, SipCommand } from './types.ts'

/**
 * What we say we are: drachtio-srf pings only a server of v0.8.2 or later, and behind the `+` an app
 * can see that it may ask for `trying`.
 */
const serverVersion = 'v0.9.10+tollgate'

/** Idle time before the kernel asks whether the peer still lives, milliseconds. */
const keepAliveMs = 45_000

const carriageReturn = 0x0d

/** What every session needs, however its connection was made. */
export interface SessionParts {
  readonly core: Core
  readonly clock: Clock
  readonly frames: FrameText
  readonly authenticateWithinMs: number
  /** Bytes a client may leave unread before it is dropped. */
  readonly backlogBytesMax: number
  /** How long a client may be stuck within a frame, or without reading what it is sent. */
  readonly stallMs: number
  readonly nextId: () => number
  readonly report: (cause: unknown) => void
}

/** What one session needs besides. */
export interface SessionContext extends SessionParts {
  /** SHA-256 of the secret: the secret itself is not kept. */
  readonly secretDigest: Buffer
  readonly onClosed: (session: Session) => void
  /** The app has proven that it knows the secret; called at most once. */
  readonly onAuthenticated?: (session: Session) => void
}

/** As many tags as drachtio-srf lets an app have, and as long as it lets them be. */
const tagsMax = 20
const tagText = /^[^\s,|]{1,32}$/

function readTags(text: string): ReadonlySet<string> {
  const tags = text.split(',').filter((tag) => tagText.test(tag))
  return new Set(tags.slice(0, tagsMax))
}

/** The digest that a secret is compared by. */
export function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/**
 * One connection to the admin port. Until it has authenticated it is served nothing at all; the
 * real server lets anybody route and ping, which we take for the defect it is.
 */
export class Session implements Client {
  readonly id: number
  readonly #socket: Socket
  readonly #context: SessionContext
  readonly #reader = new FrameReader()
  readonly #writer: FrameWriter
  readonly #deadline: Timer
  #tags: ReadonlySet<string> = new Set()
  #authenticated = false
  #stalled: Timer | undefined
  #rest: Timer | undefined
  #closed = false

  constructor(id: number, socket: Socket, context: SessionContext) {
    this.id = id
    this.#socket = socket
    this.#context = context
    this.#writer = new FrameWriter({ write: (bytes) => this.#write(bytes) })
    this.#deadline = context.clock.after(context.authenticateWithinMs, () => this.destroy())
    socket.setNoDelay(true)
    socket.setKeepAlive(true, keepAliveMs)
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.on('error', () => this.destroy())
    socket.on('close', () => this.destroy())
    socket.on('drain', () => {
      this.#stalled?.cancel()
      this.#stalled = undefined
    })
  }

  get tags(): ReadonlySet<string> {
    return this.#tags
  }

  get alive(): boolean {
    return !this.#closed
  }

  send(head: string, message?: Buffer): void {
    if (this.#closed) return
    this.#writer.add(head, message)
    if (this.#writer.size + this.#socket.writableLength > this.#context.backlogBytesMax) {
      this.destroy()
    }
  }

  end(): void {
    this.#finish()
  }

  /** Drops the connection and everything the client owned. Doing it twice does nothing. */
  destroy(): void {
    this.#socket.destroy()
    this.#leave()
  }

  #read(chunk: Buffer) {
    if (this.#closed) return
    if (!this.#reader.push(chunk, (payload) => this.#take(payload))) return this.#finish()
    this.#awaitRest()
  }

  /** Writes what is queued, then closes: the reply to a bad frame is sent before the close. */
  #finish(): void {
    if (this.#closed) return
    this.#writer.flush()
    this.#socket.destroySoon()
    this.#leave()
  }

  #leave(): void {
    if (this.#closed) return
    this.#closed = true
    this.#deadline.cancel()
    this.#rest?.cancel()
    this.#stalled?.cancel()
    if (this.#authenticated) this.#context.core.clientGone(this)
    this.#context.onClosed(this)
  }

  #write(bytes: Buffer): void {
    if (this.#socket.destroyed || this.#socket.write(bytes)) return
    // It must read on within a time, however little it has left unread.
    this.#stalled ??= this.#context.clock.after(this.#context.stallMs, () => this.destroy())
  }

  /** A frame that has begun must end in time. */
  #awaitRest(): void {
    if (!this.#reader.isWithinFrame) {
      this.#rest?.cancel()
      this.#rest = undefined
      return
    }
    this.#rest ??= this.#context.clock.after(this.#context.stallMs, () => this.destroy())
  }

  #take(payload: Buffer): boolean {
    try {
      return this.#serve(payload)
    } catch (cause) {
      // A frame that breaks us costs its own sender the connection, and nobody else anything.
      this.#context.report(cause)
      return false
    }
  }

  /** Serves one frame. False means that the connection ends here. */
  #serve(payload: Buffer): boolean {
    const lineEnd = payload.indexOf(carriageReturn)
    const line = payload.toString('utf8', 0, lineEnd < 0 ? payload.length : lineEnd)
    const fields = line.split('|')
    const frameId = fields[0] ?? ''
    const type = fields[1]
    if (type === undefined) return this.#refuse(frameId, 'Invalid message format')
    if (type === 'authenticate') return this.#authenticate(fields)
    if (!this.#authenticated) return this.#refuse(frameId, 'not authenticated')
    switch (type) {
      case 'sip':
        return this.#sip(fields, lineEnd < 0 ? undefined : payload.subarray(lineEnd + 2))
      case 'proxy':
        return this.#proxy(fields, lineEnd < 0 ? undefined : payload.subarray(lineEnd + 2))
      case 'ping':
        return this.#accept(frameId, 'pong')
      case 'route':
        if (this.#context.core.addRoute(this, fields[2] ?? '')) return this.#accept(frameId)
        return this.#decline(frameId, 'too many routes')
      case 'remove_route':
        this.#context.core.removeRoute(this, fields[2] ?? '')
        return this.#accept(frameId)
      default:
        return this.#refuse(frameId, 'Unknown message type')
    }
  }

  #authenticate([frameId = '', , secret = '', tags = '']: readonly string[]): boolean {
    if (!timingSafeEqual(digestOf(secret), this.#context.secretDigest)) {
      return this.#refuse(frameId, 'incorrect secret')
    }
    const isFirst = !this.#authenticated
    this.#authenticated = true
    this.#tags = readTags(tags)
    this.#deadline.cancel()
    this.#reader.raiseLimit(frameBytesMax)
    const { external, local } = this.#context.core.hostports
    this.#accept(frameId, `${external}|${serverVersion}|${local}`)
    // PROTOCOL 13: what the connection was opened for is delivered after the OK.
    if (isFirst) this.#context.onAuthenticated?.(this)
    return true
  }

  #sip(fields: readonly string[], text: Buffer | undefined): boolean {
    const [frameId = '', , transactionId, dialogId, routeUri = ''] = fields
    if (transactionId === undefined || dialogId === undefined) {
      return this.#decline(frameId, 'transaction id and dialog id fields are required')
    }
    const message = text && parseAppMessage(text)
    if (!message) return this.#decline(frameId, 'the frame carries no SIP message')
    const command: SipCommand = { frameId, transactionId, dialogId, routeUri }
    if (message.kind === 'request') {
      this.#context.core.sendRequest(this, command, message)
      return true
    }
    if (transactionId === '') return this.#refuse(frameId, 'transaction id missing')
    this.#context.core.sendResponse(this, command, message)
    return true
  }

  #proxy(fields: readonly string[], text: Buffer | undefined): boolean {
    const [frameId = ''] = fields
    const command = readProxyCommand(fields)
    if (!command) {
      return this.#refuse(frameId, 'Invalid proxy request: not enough information provided')
    }
    const message = text && parseAppMessage(text)
    const request = message?.kind === 'request' ? message : undefined
    this.#context.core.proxyRequest(this, command, request)
    return true
  }

  #accept(frameId: string, more?: string): boolean {
    this.send(this.#context.frames.reply(frameId, 'OK', more))
    return true
  }

  #decline(frameId: string, why: string): boolean {
    this.send(this.#context.frames.reply(frameId, 'NOK', why))
    return true
  }

  #refuse(frameId: string, why: string): boolean {
    this.send(this.#context.frames.reply(frameId, 'NO', why))
    return false
  }
}
