import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { byteLengthOf, bytesOf, textOf } from '../../src/kernel/byte-text.ts'
import { RawMessage } from '../../src/sip/raw-message.ts'
import { patienceMs } from './soon.ts'

/** A message that a test's user agent got. */
export interface Got {
  readonly text: string
  readonly message: RawMessage
  /** Of a request; '' for a response. */
  readonly method: string
  /** Of a response; 0 for a request. */
  readonly status: number
}

export const sdp = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 11000 RTP/AVP 0',
  '',
].join('\r\n')

export interface RequestOptions {
  readonly headers?: readonly string[]
  readonly body?: string
  readonly type?: string
}

/**
 * A SIP user agent on one UDP socket that does only what a test tells it: no retransmission, no
 * answer, no ACK by itself. Repeated datagrams are dropped unless asked for.
 */
export class UdpUa {
  readonly #socket: Socket
  readonly port: number
  readonly #got: Got[] = []
  readonly #waiting = new Set<() => void>()
  readonly #seen = new Set<string>()
  /** All that came, in order, repetitions left out. */
  readonly history: Got[] = []

  constructor(socket: Socket) {
    this.#socket = socket
    this.port = socket.address().port
    socket.on('message', (bytes) => this.#take(textOf(bytes)))
  }

  static async open(): Promise<UdpUa> {
    const socket = createSocket('udp4')
    socket.bind({ port: 0, address: '127.0.0.1' })
    await once(socket, 'listening')
    return new UdpUa(socket)
  }

  close(): void {
    this.#socket.close()
  }

  send(lines: readonly string[], body: string, port: number): void {
    const length = `Content-Length: ${byteLengthOf(body)}`
    const text = `${[...lines, length].join('\r\n')}\r\n\r\n${body}`
    this.#socket.send(bytesOf(text), port, '127.0.0.1')
  }

  /** The first message, come or coming, that `wanted` takes; it is taken off the list. */
  async next(what: string, wanted: (got: Got) => boolean): Promise<Got> {
    const deadline = performance.now() + patienceMs
    for (;;) {
      const at = this.#got.findIndex(wanted)
      const found = at < 0 ? undefined : this.#got.splice(at, 1)[0]
      if (found) return found
      const leftMs = deadline - performance.now()
      if (leftMs <= 0) throw new Error(`${what} did not come; got: ${this.#summary()}`)
      await this.#anything(leftMs)
    }
  }

  request(method: string): Promise<Got> {
    return this.next(method, (got) => got.method === method)
  }

  response(status: number, method = 'INVITE'): Promise<Got> {
    return this.next(`${status} to ${method}`, (got) => {
      return got.status === status && (got.message.first('cseq') ?? '').endsWith(method)
    })
  }

  /** Answers a request with its Via, From, To, Call-ID and CSeq. */
  respond(request: Got, status: number, options: RequestOptions & { phrase?: string } = {}): void {
    const { message } = request
    const to = message.first('to') ?? ''
    const via = message.all('via').map((value) => `Via: ${value}`)
    const routes = message.all('record-route').map((value) => `Record-Route: ${value}`)
    const tag = to.includes(';tag=') ? '' : `;tag=ua${this.port}`
    const lines = [
      `SIP/2.0 ${status} ${options.phrase ?? 'Phrase'}`,
      ...via,
      ...routes,
      `From: ${message.first('from')}`,
      `To: ${to}${status > 100 ? tag : ''}`,
      `Call-ID: ${message.first('call-id')}`,
      `CSeq: ${message.first('cseq')}`,
      `Contact: <sip:ua@127.0.0.1:${this.port}>`,
      ...contentLines(options),
    ]
    const via0 = message.first('via') ?? ''
    const port = Number(/:(\d+)/.exec(via0)?.[1] ?? 5060)
    this.send(lines, options.body ?? '', port)
  }

  #take(text: string): void {
    if (text.trim() === '') return
    const repeated = this.#seen.has(text)
    this.#seen.add(text)
    if (repeated) return
    const message = new RawMessage(text)
    const [first = '', second = ''] = message.startLine.split(' ')
    const isResponse = first.startsWith('SIP/')
    const got = {
      text,
      message,
      method: isResponse ? '' : first,
      status: isResponse ? Number(second) : 0,
    }
    this.#got.push(got)
    this.history.push(got)
    for (const wake of [...this.#waiting]) wake()
  }

  #anything(forMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, forMs)
      const waiting = this.#waiting
      waiting.add(done)
      function done() {
        clearTimeout(timer)
        waiting.delete(done)
        resolve()
      }
    })
  }

  #summary(): string {
    return this.history.map((got) => got.message.startLine).join(' | ')
  }
}

let serial = 0

/** A call as a caller's user agent holds it: what its requests are made of. */
export class UaCall {
  readonly #ua: UdpUa
  readonly #port: number
  readonly callId: string
  readonly #fromTag: string
  /** Who calls, as From says. */
  user = 'alice'
  #to: string
  #target: string
  #cseq = 1
  #inviteBranch = ''

  constructor(ua: UdpUa, enginePort: number, called: string, callId?: string) {
    this.callId = callId ?? `call-${process.pid}-${++serial}`
    this.#ua = ua
    this.#port = enginePort
    this.#fromTag = `a${++serial}`
    this.#target = `sip:${called}@127.0.0.1:${enginePort}`
    this.#to = `<${this.#target}>`
  }

  get #from(): string {
    return `<sip:${this.user}@127.0.0.1:${this.#ua.port}>;tag=${this.#fromTag}`
  }

  /** Asks for TLS on every hop. */
  bySips(): void {
    this.#target = this.#target.replace(/^sip:/, 'sips:')
    this.#to = `<${this.#target}>`
  }

  invite(options: RequestOptions = { body: sdp }): void {
    this.#inviteBranch = this.#branch()
    this.#send('INVITE', this.#inviteBranch, options)
  }

  cancel(headers: readonly string[] = []): void {
    this.#send('CANCEL', this.#inviteBranch, { headers })
  }

  /** Takes the dialog from a 2xx and acknowledges it. */
  ack(ok: Got, options: RequestOptions = {}): void {
    this.adopt(ok)
    // RFC 3261 13.2.2.4: the number is that of the INVITE, whatever was sent since.
    this.#send('ACK', this.#branch(), options, Number.parseInt(ok.message.first('cseq') ?? '', 10))
  }

  /** Takes the dialog from a response. */
  adopt(response: Got): void {
    this.#to = response.message.first('to') ?? this.#to
    const contact = /<([^>]+)>/.exec(response.message.first('contact') ?? '')?.[1]
    if (contact) this.#target = contact
  }

  /** ACKs a final response other than 2xx, hop by hop. */
  ackFailure(response: Got): void {
    this.#to = response.message.first('to') ?? this.#to
    this.#send('ACK', this.#inviteBranch, {})
  }

  request(method: string, options: RequestOptions = {}): void {
    this.#cseq++
    const branch = this.#branch()
    if (method === 'INVITE') this.#inviteBranch = branch
    this.#send(method, branch, options)
  }

  #branch(): string {
    return `z9hG4bK-${process.pid}-${++serial}`
  }

  #send(method: string, branch: string, options: RequestOptions, cseq = this.#cseq): void {
    const lines = [
      `${method} ${this.#target} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${this.#ua.port};branch=${branch};rport`,
      ...(options.headers?.some((line) => line.startsWith('Max-Forwards'))
        ? []
        : ['Max-Forwards: 70']),
      `From: ${this.#from}`,
      `To: ${this.#to}`,
      `Call-ID: ${this.callId}`,
      `CSeq: ${cseq} ${method}`,
      `Contact: <sip:alice@127.0.0.1:${this.#ua.port}>`,
      ...contentLines(options),
    ]
    this.#ua.send(lines, options.body ?? '', this.#port)
  }
}

/** A dialog as a callee's user agent holds it: what its requests toward the caller are made of. */
export class UaAnsweredCall {
  readonly #ua: UdpUa
  readonly #invite: RawMessage
  #cseq = 100

  constructor(ua: UdpUa, invite: Got) {
    this.#ua = ua
    this.#invite = invite.message
  }

  request(method: string, options: RequestOptions = {}): void {
    this.#send(method, ++this.#cseq, options)
  }

  /** Of its last request, or of the one with that number. */
  ack(options: RequestOptions = {}, cseq = this.#cseq): void {
    this.#send('ACK', cseq, options)
  }

  #send(method: string, cseq: number, options: RequestOptions): void {
    const contact = /<([^>]+)>/.exec(this.#invite.first('contact') ?? '')?.[1] ?? ''
    const lines = [
      `${method} ${contact} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${this.#ua.port};branch=z9hG4bK-b${process.pid}-${++serial};rport`,
      'Max-Forwards: 70',
      `From: ${this.#invite.first('to')};tag=ua${this.#ua.port}`,
      `To: ${this.#invite.first('from')}`,
      `Call-ID: ${this.#invite.first('call-id')}`,
      `CSeq: ${cseq} ${method}`,
      `Contact: <sip:ua@127.0.0.1:${this.#ua.port}>`,
      ...contentLines(options),
    ]
    this.#ua.send(lines, options.body ?? '', Number(/\.\d+:(\d+)/.exec(contact)?.[1] ?? 5060))
  }
}

function contentLines(options: RequestOptions): string[] {
  const type = options.type ?? (options.body ? 'application/sdp' : undefined)
  return [...(options.headers ?? []), ...(type ? [`Content-Type: ${type}`] : [])]
}
