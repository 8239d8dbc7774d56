import { createPacer, type Pacer } from '../../kernel/pacer.ts'

/** Longest frame an authenticated client may send, bytes. */
export const frameBytesMax = 1_048_576
/** Longest frame before authentication, bytes: an `authenticate` needs no more. */
export const greetingBytesMax = 4_096
/** Most digits a length specifier may have: enough for `frameBytesMax`. */
export const lengthDigitsMax = 7

const hash = 0x23
const digitZero = 0x30
const digitNine = 0x39

/** Takes one payload; answers false when the stream must not be read any further. */
export type FrameSink = (payload: Buffer) => boolean

/**
 * Cuts a byte stream into the payloads of `<decimal length>#<payload>` frames, however the stream
 * was split. Bytes of an incomplete frame are kept as they came and joined once, when it is whole.
 */
export class FrameReader {
  #limit: number
  #parts: Buffer[] = []
  #have = 0
  #need = 1

  constructor(limit: number = greetingBytesMax) {
    this.#limit = limit
  }

  /** Sets the longest payload accepted from the next frame on. */
  raiseLimit(limit: number): void {
    this.#limit = limit
  }

  /** Whether a frame has begun and is not whole yet. */
  get isWithinFrame(): boolean {
    return this.#parts.length > 0
  }

  /** Hands every complete payload to `sink`. False when the stream is broken or the sink said stop. */
  push(chunk: Buffer, sink: FrameSink): boolean {
    const bytes = this.#take(chunk)
    if (!bytes) return true
    let at = 0
    while (at < bytes.length) {
      const mark = readLength(bytes, at)
      if (mark === 'broken') return false
      if (mark === 'partial') return this.#keep(bytes.subarray(at), 1)
      if (mark.length > this.#limit) return false
      const end = mark.start + mark.length
      if (end > bytes.length) return this.#keep(bytes.subarray(at), end - bytes.length)
      if (!sink(bytes.subarray(mark.start, end))) return false
      at = end
    }
    return true
  }

  #take(chunk: Buffer): Buffer | undefined {
    if (this.#parts.length === 0) return chunk
    this.#parts.push(chunk)
    this.#have += chunk.length
    if (this.#have < this.#need) return undefined
    const bytes = Buffer.concat(this.#parts, this.#have)
    this.#parts = []
    return bytes
  }

  #keep(rest: Buffer, missing: number): boolean {
    this.#parts = [rest]
    this.#have = rest.length
    this.#need = rest.length + missing
    return true
  }
}

type LengthMark = { readonly length: number; readonly start: number } | 'partial' | 'broken'

function readLength(bytes: Buffer, from: number): LengthMark {
  let length = 0
  const last = Math.min(bytes.length, from + lengthDigitsMax + 1)
  for (let at = from; at < last; at++) {
    const byte = bytes[at] ?? 0
    if (byte === hash) return at === from ? 'broken' : { length, start: at + 1 }
    if (byte < digitZero || byte > digitNine) return 'broken'
    length = length * 10 + (byte - digitZero)
  }
  return last - from > lengthDigitsMax ? 'broken' : 'partial'
}

/** Where frames go: as much of a socket as the writer needs. */
export interface FrameTarget {
  write(bytes: Buffer): void
}

/**
 * Writes of one client stay this far apart when it is busy, milliseconds. Each wakes the client, and
 * what it answers wakes us: at 300 calls/s there is a write for a call, in place of one for a frame.
 */
export const writeSpacingMs = 2

/** So much is not held back for company, bytes. */
const heldBytesMax = 65_536

/**
 * Collects frames and writes them in one go: a call makes some eighteen frames, and a system call,
 * here and at the reader, costs more than all the copying. A client that is not busy is written to
 * at the end of the turn.
 */
export class FrameWriter {
  readonly #target: FrameTarget
  #pieces: (string | Buffer)[] = []
  #size = 0
  readonly #pacer: Pacer

  constructor(target: FrameTarget) {
    this.#target = target
    this.#pacer = createPacer(writeSpacingMs, () => this.flush())
  }

  /** Queues one frame: the head line, and after CRLF the message where there is one. */
  add(head: string, message?: Buffer): void {
    const headSize = Buffer.byteLength(head)
    const size = message ? headSize + 2 + message.length : headSize
    const text = message ? `${size}#${head}\r\n` : `${size}#${head}`
    this.#pieces.push(text)
    this.#size += text.length - head.length + headSize
    if (message) {
      this.#pieces.push(message)
      this.#size += message.length
    }
    if (this.#size >= heldBytesMax) this.flush()
    else this.#pacer.request()
  }

  /** Writes what is queued, now. */
  flush(): void {
    if (this.#size === 0) return
    const bytes = Buffer.allocUnsafe(this.#size)
    let at = 0
    for (const piece of this.#pieces) {
      at += typeof piece === 'string' ? bytes.write(piece, at) : piece.copy(bytes, at)
    }
    this.#pieces = []
    this.#size = 0
    this.#target.write(bytes)
  }

  /** Bytes queued and not yet written. */
  get size(): number {
    return this.#size
  }
}
