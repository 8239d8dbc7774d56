import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { RawMessage } from '../src/sip/raw-message.ts'
import { sdp } from '../test/support/udp-ua.ts'

/** Numbers that are not answered as others are. */
export const unusual = {
  busy: '+14155550101',
  /** Rings until it is cancelled. */
  ringing: '+14155550102',
  /** Hangs up by itself. */
  leaving: '+14155550103',
} as const

/** How long a callee talks who hangs up by itself, milliseconds. */
const talkMs = 500
const repeatMs = 500
const repeatsMax = 6

/** A carrier whose phones answer, are busy, ring for ever or hang up, by the number called. */
export class SoakCarrier implements Disposable {
  readonly #socket: Socket
  readonly #port: number
  /** INVITEs that ring, by Call-ID. */
  readonly #ringing = new Map<string, RawMessage>()
  /** Calls whose phone is to hang up, by Call-ID; then BYEs that wait for their answer. */
  readonly #leaving = new Map<string, NodeJS.Timeout | undefined>()

  private constructor(socket: Socket, port: number) {
    this.#socket = socket
    this.#port = port
    socket.on('message', (bytes) => this.#take(new RawMessage(bytes.toString())))
  }

  static async open(port: number): Promise<SoakCarrier> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 })
    socket.bind(port, '127.0.0.1')
    await once(socket, 'listening')
    return new SoakCarrier(socket, port)
  }

  [Symbol.dispose](): void {
    for (const timer of this.#leaving.values()) clearTimeout(timer)
    this.#socket.close()
  }

  /** Calls of which it still knows something. */
  get size(): number {
    return this.#ringing.size + this.#leaving.size
  }

  #take(message: RawMessage): void {
    const [method = ''] = message.startLine.split(' ', 1)
    const callId = message.first('call-id') ?? ''
    if (method === 'INVITE') this.#invited(message, callId)
    else if (method === 'CANCEL') this.#cancelled(message, callId)
    else if (method === 'ACK') this.#acknowledged(message, callId)
    else if (method === 'BYE') this.#respond(message, '200 OK')
    else if (message.first('cseq')?.endsWith('BYE')) this.#over(callId)
  }

  #invited(invite: RawMessage, callId: string): void {
    const isNew = !invite.first('to')?.includes(';tag=')
    const isCalled = (number: string) => invite.startLine.includes(`:${number}@`)
    if (isNew) this.#respond(invite, '180 Ringing')
    if (isNew && isCalled(unusual.busy)) this.#respond(invite, '486 Busy Here')
    else if (isNew && isCalled(unusual.ringing)) this.#ringing.set(callId, invite)
    else {
      if (isNew && isCalled(unusual.leaving)) this.#leaving.set(callId, undefined)
      // RFC 3264 8.4: who is put on hold may only hear.
      const direction = invite.body.includes('a=sendonly') ? 'recvonly' : 'sendrecv'
      this.#respond(invite, '200 OK', `${sdp}a=${direction}\r\n`)
    }
  }

  #cancelled(cancel: RawMessage, callId: string): void {
    const invite = this.#ringing.get(callId)
    this.#respond(cancel, '200 OK')
    if (invite) this.#respond(invite, '487 Request Terminated')
    this.#ringing.delete(callId)
  }

  #acknowledged(ack: RawMessage, callId: string): void {
    if (!this.#leaving.has(callId) || this.#leaving.get(callId)) return
    const target = /^ACK (\S+)/.exec(ack.startLine)?.[1] ?? ''
    const bye = [
      `BYE ${target} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${this.#port};branch=z9hG4bK-bye-${callId}`,
      `From: ${ack.first('to')}`,
      `To: ${ack.first('from')}`,
      `Call-ID: ${callId}`,
      'CSeq: 1 BYE',
      'Max-Forwards: 70',
    ]
    const port = portIn(ack.first('via'))
    const say = (sent: number) => {
      if (sent > repeatsMax) return this.#over(callId)
      this.#send(bye, '', port)
      this.#leaving.set(
        callId,
        setTimeout(() => say(sent + 1), repeatMs),
      )
    }
    this.#leaving.set(
      callId,
      setTimeout(() => say(1), talkMs),
    )
  }

  #over(callId: string): void {
    clearTimeout(this.#leaving.get(callId))
    this.#leaving.delete(callId)
  }

  #respond(request: RawMessage, status: string, body = ''): void {
    const to = request.first('to') ?? ''
    const lines = [
      `SIP/2.0 ${status}`,
      ...request.all('via').map((value) => `Via: ${value}`),
      `From: ${request.first('from')}`,
      `To: ${to.includes(';tag=') ? to : `${to};tag=carrier`}`,
      `Call-ID: ${request.first('call-id')}`,
      `CSeq: ${request.first('cseq')}`,
      `Contact: <sip:127.0.0.1:${this.#port}>`,
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
    ]
    this.#send(lines, body, portIn(request.first('via')))
  }

  #send(lines: readonly string[], body: string, port: number): void {
    const text = [...lines, `Content-Length: ${body.length}`, '', body].join('\r\n')
    this.#socket.send(text, port, '127.0.0.1')
  }
}

function portIn(via = ''): number {
  return Number(/:(\d+)/.exec(via)?.[1] ?? 5060)
}
