import type { Socket } from 'node:net'
import { byteLengthOf, bytesOf } from '../kernel/byte-text.ts'
import { messageText } from './byte-text.ts'

/** The longest frame that is read, bytes. */
const frameBytesMax = 1_048_576
const lengthDigitsMax = 7

const hash = 0x23
const digitZero = 0x30

/** Whom frames that have come are for. */
export interface FrameEvents {
  onFrame(socket: Socket, frame: string): void
}

/**
 * The admin protocol's frames on drachtio-srf's sockets: `<bytes>#<payload>`. Those that are sent in
 * one turn of the event loop leave in one system call, which costs the engine one as well; a chunk is
 * cut into frames where it is, and only a frame that came in pieces is joined.
 */
export class SrfFrames {
  readonly #events: FrameEvents
  readonly #waiting = new Map<Socket, Waiting>()
  readonly #parts = new WeakMap<Socket, Parts>()
  #lastId = 0

  constructor(events: FrameEvents) {
    this.#events = events
  }

  /** Sends one frame soon; returns its id, by which the reply names it. */
  send(socket: Socket, text: string): string {
    const id = `c${(++this.#lastId).toString(36)}`
    const payload = `${id}|${text}`
    if (this.#waiting.size === 0) setImmediate(() => this.flush())
    const bytes = byteLengthOf(payload)
    const waiting = this.#waitingFor(socket)
    waiting.text += `${bytes}#${payload}`
    waiting.isSingle &&= bytes === payload.length
    return id
  }

  /** Writes what waits, now. */
  flush(): void {
    for (const [socket, waiting] of this.#waiting) if (!socket.destroyed) write(socket, waiting)
    this.#waiting.clear()
  }

  #waitingFor(socket: Socket): Waiting {
    const known = this.#waiting.get(socket)
    if (known) return known
    const waiting = { text: '', isSingle: true }
    this.#waiting.set(socket, waiting)
    return waiting
  }

  /** Takes what a socket has brought. A stream that is no frames ends its connection. */
  receive(socket: Socket, chunk: Buffer): void {
    const parts = this.#parts.get(socket)
    if (parts) this.#parts.delete(socket)
    const bytes = parts ? parts.join(chunk) : chunk
    if (!bytes) {
      if (parts) this.#parts.set(socket, parts)
      return
    }
    let at = 0
    while (at < bytes.length) {
      const mark = bytes.indexOf(hash, at)
      const length = lengthIn(bytes, at, mark)
      if (length === undefined) {
        socket.destroy(new Error('the engine sends something that is not a frame'))
        return
      }
      const end = mark < 0 ? bytes.length + 1 : mark + 1 + length
      if (end > bytes.length) {
        this.#parts.set(socket, new Parts(bytes.subarray(at), end - at))
        return
      }
      this.#events.onFrame(socket, messageText(bytes.subarray(mark + 1, end)))
      at = end
    }
  }
}

/** Frames that leave together. */
interface Waiting {
  text: string
  /** Whether each character is one byte: of ASCII, or one that is no UTF-8 and ends its surrogate. */
  isSingle: boolean
}

function write(socket: Socket, { text, isSingle }: Waiting): void {
  // Nothing needs to be encoded then: the last byte of each character is written.
  if (isSingle) socket.write(text, 'latin1')
  else socket.write(text.isWellFormed() ? text : bytesOf(text))
}

/** The pieces of a frame that is not all here. */
class Parts {
  readonly #need: number
  #have: number
  readonly #chunks: Buffer[]

  constructor(first: Buffer, need: number) {
    this.#chunks = [first]
    this.#have = first.length
    this.#need = need
  }

  /** All bytes once there are enough of them. */
  join(chunk: Buffer): Buffer | undefined {
    this.#chunks.push(chunk)
    this.#have += chunk.length
    return this.#have < this.#need ? undefined : Buffer.concat(this.#chunks, this.#have)
  }
}

/** The length before the mark, 0 where there is no mark yet; undefined when it is none. */
function lengthIn(bytes: Buffer, from: number, mark: number): number | undefined {
  const end = mark < 0 ? bytes.length : mark
  if (end - from > lengthDigitsMax || end === from) return undefined
  let length = 0
  for (let at = from; at < end; at++) {
    const digit = (bytes[at] ?? 0) - digitZero
    if (digit < 0 || digit > 9) return undefined
    length = length * 10 + digit
  }
  if (mark < 0) return 0
  return length <= frameBytesMax ? length : undefined
}
