import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { headerValues } from './sipp-log.ts'

/** What an INVITE of this phone says. */
export interface InviteText {
  readonly callId: string
  readonly key: string
  readonly called: string
  readonly caller: string
}

/**
 * A phone for what SIPp can't do: it sends whatever it is told at the very moment it is told, and
 * hands over every message with the time of its arrival. It repeats nothing by itself.
 */
export interface Phone extends AsyncDisposable {
  readonly port: number
  onMessage: (text: string, atMs: number) => void
  send(text: string, toPort: number): void
  invite(invite: InviteText, toPort: number): void
  cancel(invite: InviteText, toPort: number): void
  /** Answers a request under this phone's tag; 200 to an INVITE has a session description. */
  answer(request: string, status: string, toPort: number): void
  /** Acknowledges a final answer other than 2xx to an INVITE of its own. RFC 3261 17.1.1.3. */
  acknowledge(invite: InviteText, response: string, toPort: number): void
}

/** Opens a phone on 127.0.0.1. */
export async function openPhone(port = 0): Promise<Phone> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 8 * 1024 * 1024 })
  socket.on('error', () => undefined)
  socket.bind(port, '127.0.0.1')
  await once(socket, 'listening')
  return new UdpPhone(socket)
}

class UdpPhone implements Phone {
  readonly port: number
  onMessage: Phone['onMessage'] = () => undefined
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
    this.port = socket.address().port
    socket.on('message', (bytes) => this.onMessage(bytes.toString('latin1'), performance.now()))
  }

  send(text: string, toPort: number): void {
    this.#socket.send(text, toPort, '127.0.0.1')
  }

  invite(invite: InviteText, toPort: number): void {
    const sdp = offer(this.port)
    const extra = [
      `X-API-Key: ${invite.key}`,
      `Contact: <sip:127.0.0.1:${this.port}>`,
      'Content-Type: application/sdp',
      `Content-Length: ${sdp.length}`,
    ]
    this.send(this.#request('INVITE', invite, { toPort, extra }) + sdp, toPort)
  }

  cancel(invite: InviteText, toPort: number): void {
    this.send(this.#request('CANCEL', invite, { toPort, extra: ['Content-Length: 0'] }), toPort)
  }

  answer(request: string, status: string, toPort: number): void {
    const copied = ['Via', 'From', 'Call-ID', 'CSeq'].flatMap((name) =>
      headerValues(request, name).map((value) => `${name}: ${value}`),
    )
    const [to = ''] = headerValues(request, 'To')
    const tag = to.includes('tag=') ? '' : `;tag=${this.port}`
    const lines = [`SIP/2.0 ${status}`, ...copied, `To: ${to}${tag}`]
    const contact = `Contact: <sip:127.0.0.1:${this.port}>`
    const sdp = status.startsWith('200') && request.startsWith('INVITE') ? offer(this.port) : ''
    const type = sdp ? ['Content-Type: application/sdp'] : []
    const head = [...lines, contact, ...type, `Content-Length: ${sdp.length}`, '', sdp]
    this.send(head.join('\r\n'), toPort)
  }

  acknowledge(invite: InviteText, response: string, toPort: number): void {
    const [to = ''] = headerValues(response, 'To')
    this.send(this.#request('ACK', invite, { toPort, to, extra: ['Content-Length: 0'] }), toPort)
  }

  #request(method: string, invite: InviteText, more: RequestParts): string {
    const uri = `sip:${invite.called}@127.0.0.1:${more.toPort}`
    const lines = [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${this.port};branch=z9hG4bK-${invite.callId}`,
      `From: <sip:${invite.caller}@127.0.0.1:${this.port}>;tag=${invite.callId}`,
      `To: ${more.to ?? `<${uri}>`}`,
      `Call-ID: ${invite.callId}`,
      `CSeq: 1 ${method}`,
      'Max-Forwards: 70',
      ...more.extra,
    ]
    return `${lines.join('\r\n')}\r\n\r\n`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close()
    await once(this.#socket, 'close')
  }
}

interface RequestParts {
  readonly toPort: number
  readonly to?: string
  readonly extra: readonly string[]
}

function offer(port: number): string {
  const lines = ['v=0', 'o=phone 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0']
  return [...lines, `m=audio ${port} RTP/AVP 0`, ''].join('\r\n')
}
