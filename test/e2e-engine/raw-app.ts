import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { wire } from '../engine/stack/bench.ts'
import { patienceMs } from '../support/soon.ts'

/** One frame from the engine: the fields of its first line, and the message below. */
export interface RawFrame {
  readonly fields: readonly string[]
  readonly text: string
}

/** An application without drachtio-srf, on a bare socket. */
export class RawApp {
  readonly #socket: Socket
  readonly frames: RawFrame[] = []
  closed = false
  /** Called for each frame as it comes. */
  onFrame: ((frame: RawFrame) => void) | undefined
  #rest = Buffer.alloc(0)
  #lastId = 0
  #wake: (() => void) | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#read(chunk))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.closed = true
      this.#wake?.()
    })
  }

  static async open(port: number, secret?: string): Promise<RawApp> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    const app = new RawApp(socket)
    if (secret !== undefined) await app.reply(app.send(`authenticate|${secret}|`))
    return app
  }

  /** Writes bytes as they are. */
  write(text: string): void {
    this.#socket.write(text)
  }

  /** Sends a frame with an id of its own, which is returned. */
  send(line: string, message?: string): string {
    this.#lastId += 1
    const id = `r${this.#lastId}`
    const payload = message === undefined ? `${id}|${line}` : `${id}|${line}\r\n${wire(message)}`
    this.write(`${Buffer.byteLength(payload)}#${payload}`)
    return id
  }

  /** The reply to the frame of this id. */
  reply(id: string): Promise<RawFrame> {
    return this.next(({ fields }) => fields[1] === 'response' && fields[2] === id)
  }

  /** The message delivered whose start line begins so. */
  delivered(start: string): Promise<RawFrame> {
    return this.next(({ fields, text }) => fields[1] === 'sip' && text.startsWith(start))
  }

  /** The first frame, come or coming, that `wanted` takes; it is taken off the list. */
  async next(wanted: (frame: RawFrame) => boolean): Promise<RawFrame> {
    const deadline = performance.now() + patienceMs
    for (;;) {
      const at = this.frames.findIndex(wanted)
      const [found] = at < 0 ? [] : this.frames.splice(at, 1)
      if (found) return found
      if (performance.now() > deadline) throw new Error('the frame did not come')
      await this.#anything()
    }
  }

  async untilClosed(): Promise<void> {
    const deadline = performance.now() + patienceMs
    while (!this.closed) {
      if (performance.now() > deadline) throw new Error('the connection stays open')
      await this.#anything()
    }
  }

  /** Closes its side and waits until the server has closed the other. */
  leave(): Promise<void> {
    this.#socket.end()
    return this.untilClosed()
  }

  close(): void {
    this.#socket.destroy()
  }

  #anything(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, 100)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #read(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk])
    for (;;) {
      const mark = this.#rest.indexOf('#')
      const size = Number(this.#rest.toString('utf8', 0, mark))
      if (mark < 0 || this.#rest.length < mark + 1 + size) break
      const payload = this.#rest.toString('utf8', mark + 1, mark + 1 + size)
      this.#rest = this.#rest.subarray(mark + 1 + size)
      const lineEnd = payload.indexOf('\r\n')
      const line = lineEnd < 0 ? payload : payload.slice(0, lineEnd)
      const text = lineEnd < 0 ? '' : payload.slice(lineEnd + 2)
      const frame = { fields: line.split('|'), text }
      this.frames.push(frame)
      this.onFrame?.(frame)
    }
    this.#wake?.()
  }
}
