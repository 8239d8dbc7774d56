import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { type ConnectionOptions, connect } from 'node:tls'
import { type ClientOptions, WebSocket } from 'ws'
import { RawMessage } from '../../src/sip/raw-message.ts'
import { patienceMs } from './soon.ts'
import { sdp } from './udp-ua.ts'

/** A connection on which SIP messages come and go whole. */
interface Line {
  send(text: string): void
  onText(take: (text: string) => void): void
  close(): void
}

/** What a call of a `LineUa` is made of. */
export interface LineCall {
  readonly called: string
  readonly caller: string
  readonly callId: string
  readonly headers?: readonly string[]
  /** `sips` wants TLS on every hop. */
  readonly scheme?: 'sips'
}

/** A user agent on one connection that does only what a test tells it. */
export class LineUa implements Disposable {
  readonly #line: Line
  /** As Via has it: `TLS`, `WSS`. */
  readonly #transport: string
  /** Where it says it is: a page does not know. */
  readonly #host: string
  readonly #got: RawMessage[] = []
  readonly #waiting = new Set<() => void>()

  constructor(line: Line, transport: string, host = 'page.invalid') {
    this.#host = host
    this.#line = line
    this.#transport = transport
    line.onText((text) => {
      this.#got.push(new RawMessage(text))
      for (const wake of [...this.#waiting]) wake()
    })
  }

  /** A TLS client, its handshake done. */
  static async overTls(options: ConnectionOptions): Promise<LineUa> {
    const socket = connect(options)
    await once(socket, 'secureConnect')
    return new LineUa(streamLine(socket), 'TLS')
  }

  /** The far end of a connection that a test has accepted. */
  static onAccepted(socket: Socket, transport: string): LineUa {
    return new LineUa(streamLine(socket), transport, `127.0.0.1:${socket.localPort}`)
  }

  /** A page's WebSocket, its handshake done. */
  static async overWebSocket(url: string, options: ClientOptions): Promise<LineUa> {
    const socket = new WebSocket(url, ['sip'], options)
    await once(socket, 'open')
    const line = {
      send: (text: string) => socket.send(text),
      onText: (take: (text: string) => void) => socket.on('message', (data) => take(String(data))),
      close: () => socket.terminate(),
    }
    return new LineUa(line, url.startsWith('wss') ? 'WSS' : 'WS')
  }

  [Symbol.dispose](): void {
    this.#line.close()
  }

  invite(call: LineCall): void {
    const uri = `${call.scheme ?? 'sip'}:${call.called}@gate.example`
    const headers = [...(call.headers ?? []), 'Content-Type: application/sdp']
    this.#send(
      `INVITE ${uri} SIP/2.0`,
      [...this.#head(call, `<${uri}>`, '1 INVITE'), ...headers],
      sdp,
    )
  }

  /** ACK, BYE and the like inside the dialog that `ok` has confirmed. */
  within(call: LineCall, ok: RawMessage, method: string, sequence: number): void {
    const target = uriOf(ok.first('contact') ?? '')
    const head = this.#head(call, ok.first('to') ?? '', `${sequence} ${method}`)
    this.#send(`${method} ${target} SIP/2.0`, head)
  }

  /** A request of the callee's inside the dialog that it has answered. */
  back(invite: RawMessage, method: string): void {
    const head = [
      this.#via(),
      `From: ${invite.first('to')};tag=callee`,
      `To: ${invite.first('from')}`,
      `Call-ID: ${invite.first('call-id')}`,
      `CSeq: 77 ${method}`,
      'Max-Forwards: 70',
    ]
    this.#send(`${method} ${uriOf(invite.first('contact') ?? '')} SIP/2.0`, head)
  }

  /** Answers a request; 2xx to INVITE has a session description. */
  answer(request: RawMessage, status: string): void {
    const to = request.first('to') ?? ''
    const isOk = status.startsWith('2') && request.startLine.startsWith('INVITE')
    const head = [
      ...request.all('via').map((via) => `Via: ${via}`),
      `From: ${request.first('from')}`,
      `To: ${to.includes(';tag=') ? to : `${to};tag=callee`}`,
      `Call-ID: ${request.first('call-id')}`,
      `CSeq: ${request.first('cseq')}`,
      `Contact: <${this.#contact('callee', request.startLine.includes(' sips:'))}>`,
      ...(isOk ? ['Content-Type: application/sdp'] : []),
    ]
    this.#send(`SIP/2.0 ${status}`, head, isOk ? sdp : '')
  }

  /** The first message, come or coming, whose start line begins so. */
  async next(start: string): Promise<RawMessage> {
    const deadline = performance.now() + patienceMs
    for (;;) {
      const at = this.#got.findIndex(({ startLine }) => startLine.startsWith(start))
      const [found] = at < 0 ? [] : this.#got.splice(at, 1)
      if (found) return found
      const leftMs = deadline - performance.now()
      const lines = this.#got.map(({ startLine }) => startLine).join(' | ')
      if (leftMs <= 0) throw new Error(`${start} did not come; got: ${lines}`)
      await this.#anything(leftMs)
    }
  }

  #head(call: LineCall, to: string, cseq: string): string[] {
    const scheme = `sip:${call.caller}@${this.#host}`
    return [
      this.#via(),
      'Max-Forwards: 70',
      `From: <${scheme}>;tag=caller`,
      `To: ${to}`,
      `Call-ID: ${call.callId}`,
      `CSeq: ${cseq}`,
      `Contact: <${this.#contact(call.caller, call.scheme === 'sips')}>`,
    ]
  }

  /** RFC 5630 3.1.4: of sips nobody says that its transport is TLS. */
  #contact(user: string, isSecure: boolean): string {
    const transport = isSecure ? '' : `;transport=${this.#transport.toLowerCase()}`
    return `${isSecure ? 'sips' : 'sip'}:${user}@${this.#host}${transport}`
  }

  #via(): string {
    return `Via: SIP/2.0/${this.#transport} ${this.#host};branch=z9hG4bK-${randomUUID()}`
  }

  #send(startLine: string, head: readonly string[], body = ''): void {
    const length = `Content-Length: ${Buffer.byteLength(body)}`
    this.#line.send(`${[startLine, ...head, length].join('\r\n')}\r\n\r\n${body}`)
  }

  #anything(forMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, forMs)
    this.#waiting.add(resolve)
    return promise.finally(() => {
      clearTimeout(timer)
      this.#waiting.delete(resolve)
    })
  }
}

function uriOf(contact: string): string {
  return /<([^>]+)>/.exec(contact)?.[1] ?? ''
}

/** Cuts a stream by Content-Length; enough for peers that we trust. */
function streamLine(socket: Socket): Line {
  let held = ''
  socket.on('error', () => undefined)
  return {
    send: (text) => void socket.write(text),
    close: () => socket.destroy(),
    onText: (take) => {
      socket.setEncoding('latin1').on('data', (chunk: string) => {
        held += chunk
        for (;;) {
          const headEnd = held.indexOf('\r\n\r\n')
          const length = Number(/^Content-Length:\s*(\d+)/im.exec(held)?.[1] ?? 0)
          const end = headEnd + 4 + length
          if (headEnd < 0 || held.length < end) return
          take(held.slice(0, end))
          held = held.slice(end)
        }
      })
    },
  }
}
