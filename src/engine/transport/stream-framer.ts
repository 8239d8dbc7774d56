import { textOf } from '../../kernel/byte-text.ts'
import { headBytesMax, messageBytesMax } from '../message/limits.ts'
import {
  complete,
  faulty,
  headTooLarge,
  type ParseResult,
  type ReadHead,
  readHeadText,
} from '../message/parse.ts'

/** What a framer finds in its stream. */
export interface FrameSink {
  /** One message, good or bad; `size` is its length on the wire, bytes. */
  onMessage(result: ParseResult, size: number): void
  /** A double CRLF between messages, to be answered with one CRLF (RFC 5626 4.4.1). */
  onPing(): void
}

const carriageReturn = 13
const lineFeed = 10
const emptyLine = Buffer.from('\r\n\r\n')
const nothing = Buffer.alloc(0)

interface Waiting {
  readonly read: ReadHead
  readonly bodyStart: number
  readonly end: number
}

/**
 * Cuts a byte stream into messages by Content-Length (RFC 3261 18.3). However the stream is cut
 * into chunks, the messages are the same. Holds at most one message and one chunk; work is linear
 * in the bytes that come. Once the place where a message ends is in doubt the framer is `broken`:
 * it has reported why and takes nothing more, since any guess could be a smuggled message.
 */
export class StreamFramer {
  readonly #sink: FrameSink
  #held = nothing
  /** How many bytes at the start of `#held` are in use; the rest is room to grow. */
  #length = 0
  /** From where the empty line is still to be looked for. */
  #scanFrom = 0
  /** Line feeds in a row between messages: two are a ping. */
  #breaks = 0
  #waiting: Waiting | undefined
  #broken = false

  constructor(sink: FrameSink) {
    this.#sink = sink
  }

  /** True once the stream can't be followed any further. */
  get broken(): boolean {
    return this.#broken
  }

  /** True while part of a message is here and the rest is awaited. */
  get partial(): boolean {
    return this.#length > 0
  }

  push(chunk: Buffer): void {
    if (this.#broken) return
    const bytes = this.#length === 0 ? chunk : this.#append(chunk)
    let at = 0
    for (;;) {
      const end = this.#next(bytes, at)
      if (end === undefined) break
      at = end
    }
    if (this.#broken) this.#drop()
    else this.#hold(bytes, at)
  }

  /** Reports the message that starts at `start` if it is all here; returns where it ends. */
  #next(bytes: Buffer, start: number): number | undefined {
    if (this.#broken) return undefined
    const at = this.#waiting ? start : this.#skipBreaks(bytes, start)
    if (at > start) return at
    this.#waiting ??= this.#findHead(bytes, at)
    const waiting = this.#waiting
    if (!waiting || at + waiting.end > bytes.length) return undefined
    this.#waiting = undefined
    this.#scanFrom = 0
    const body = bytes.subarray(at + waiting.bodyStart, at + waiting.end)
    this.#sink.onMessage(complete(waiting.read, body), waiting.end)
    return at + waiting.end
  }

  /** Reads the head at `start` once it is whole; breaks when it does not say how long the body is. */
  #findHead(bytes: Buffer, start: number): Waiting | undefined {
    if (start === bytes.length) return undefined
    const headEnd = bytes.indexOf(emptyLine, start + this.#scanFrom)
    const headBytes = (headEnd < 0 ? bytes.length : headEnd) - start
    if (headBytes > headBytesMax) {
      return this.#break(headTooLarge(bytes, start, 'stream'), headBytes)
    }
    if (headEnd < 0) {
      // The empty line may have begun in the last three bytes.
      this.#scanFrom = Math.max(0, headBytes - emptyLine.length + 1)
      return undefined
    }
    const read = readHeadText(textOf(bytes, start, headEnd), 'stream')
    const bodyStart = headBytes + emptyLine.length
    const { contentLength } = read.essentials
    if (read.head.unreadable) return this.#break(complete(read, nothing), bodyStart)
    // RFC 3261 18.3: over a stream Content-Length is not optional.
    if (contentLength === undefined) {
      return this.#break(faulty(read, 'Missing or bad Content-Length'), bodyStart)
    }
    const end = bodyStart + contentLength
    if (end > messageBytesMax) return this.#break(faulty(read, 'Message too large', 513), bodyStart)
    return { read, bodyStart, end }
  }

  #break(result: ParseResult, size: number): undefined {
    this.#broken = true
    this.#sink.onMessage(result, size)
  }

  /** RFC 3261 7.5: line breaks before a message are skipped; two in a row ask for a pong. */
  #skipBreaks(bytes: Buffer, start: number): number {
    let at = start
    for (; bytes[at] === carriageReturn || bytes[at] === lineFeed; at++) {
      if (bytes[at] === carriageReturn) continue
      this.#breaks++
      if (this.#breaks < 2) continue
      this.#breaks = 0
      this.#sink.onPing()
    }
    if (at < bytes.length) this.#breaks = 0
    return at
  }

  /** Adds the chunk to what is held, in room that doubles, so that small chunks cost no more. */
  #append(chunk: Buffer): Buffer {
    const length = this.#length + chunk.length
    if (length > this.#held.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#held.length))
      this.#held.copy(grown, 0, 0, this.#length)
      this.#held = grown
    }
    chunk.copy(this.#held, this.#length)
    this.#length = length
    return this.#held.subarray(0, length)
  }

  /** Keeps what begins at `at` for the next chunk. */
  #hold(bytes: Buffer, at: number): void {
    const length = bytes.length - at
    if (at === 0 && this.#length > 0) return
    // Messages handed up may share the old memory: what is left moves to memory of its own.
    this.#held = length === 0 ? nothing : Buffer.from(bytes.subarray(at))
    this.#length = length
  }

  #drop(): void {
    this.#held = nothing
    this.#length = 0
    this.#waiting = undefined
  }
}
