import type { Socket } from 'node:net'
import type { Agent, Request, Response } from 'drachtio-srf'
import { byteLengthOf } from '../kernel/byte-text.ts'
import { Failure, hasCode, messageOf } from '../kernel/failure.ts'
import type { EngineAbilities } from './abilities.ts'
import { isOneLine } from './header-value.ts'
import { type Answer, type Headers, nothing, type Payload, plainAnswer } from './messages.ts'

/** A request to be sent: into a dialog where its id is given, else to the uri. */
export interface WireRequest {
  readonly method: string
  readonly uri?: string | undefined
  /** Where it is sent instead of to the uri. */
  readonly proxy?: string | undefined
  readonly dialogId?: string | undefined
  readonly payload: Payload
}

/** The ACK function that drachtio-srf gives with a response. */
export type Acknowledge = (content: { headers: Record<string, string>; body: string }) => void

const tooLarge = { status: 500, phrase: 'Answer Too Large' } as const

/** What start line, Via and the headers of the engine's own add at most, bytes. */
const overheadBytes = 600
/** Longest phrase that is passed on, characters. */
const phraseCharsMax = 60
/**
 * What a response repeats of its request, bytes: more is left to the engine, which knows it (RFC 3261
 * 8.2.6.2). It is for whoever sent the request to say how long that is.
 */
const echoBytesMax = 400
/** What one header adds to its name and value. */
const separatorBytes = 4

/**
 * The one place that sends. Here every value is checked against header injection, every message
 * against the size that the engine can take, and the traps of drachtio-srf's `send` are avoided: it
 * throws for statuses it has no phrase for, and asserts when the connection is gone.
 */
export class Wire {
  readonly #agent: Agent
  /** What the engine that we are connected to can do. */
  abilities: EngineAbilities

  constructor(agent: Agent, abilities: EngineAbilities) {
    this.#agent = agent
    this.abilities = abilities
  }

  /** Whether the connection that this socket was is still up. */
  isUp(socket: Socket): boolean {
    return !socket.destroyed && this.#agent.mapServer.has(socket)
  }

  /** Sends a request. `sent` is never called once the connection is lost: its loss says it all. */
  send(socket: Socket, request: WireRequest, sent: (outcome: Request | Failure) => void): void {
    const obstacle = this.#obstacle(socket, request.payload)
    if (obstacle) {
      sent(obstacle)
      return
    }
    const options = {
      method: request.method,
      ...(request.uri === undefined ? {} : { uri: request.uri }),
      ...(request.proxy === undefined ? {} : { proxy: request.proxy }),
      ...(request.dialogId === undefined ? {} : { stackDialogId: request.dialogId }),
      headers: onWire(request.payload.headers),
      body: request.payload.body,
      _socket: socket,
    }
    this.#agent.request(options, (error, outgoing) => {
      if (error) {
        sent(unsent(error))
        return
      }
      // drachtio-srf does not know it before the first response.
      outgoing.socket = socket
      sent(outgoing)
    })
  }

  /**
   * Answers a request. With `sent` it fails when the answer cannot be sent as it is; without, a
   * final answer is sent bare rather than not at all, and a 2xx that would be bare as 500.
   */
  respond(response: Response, answer: Answer, sent?: (failure?: Failure) => void): void {
    const obstacle = this.#obstacle(response.socket, answer)
    if (obstacle && sent) sent(obstacle)
    else if (!obstacle) this.#respond(response, answer, sent)
    else if (obstacle.code !== 'engine_lost' && answer.status >= 200) {
      const { status, phrase } = answer.status < 300 ? tooLarge : answer
      this.#respond(response, plainAnswer(status, phrase))
    }
  }

  #respond(response: Response, answer: Answer, sent?: (failure?: Failure) => void): void {
    response.msg.status = answer.status
    response.msg.reason = printable(answer.phrase)
    if (echoBytes(response.msg.headers) > echoBytesMax) response.msg.headers = {}
    if (answer.status >= 200) response.finished = true
    const done = sent && ((error: unknown) => sent(error ? unsent(error) : undefined))
    const { headers, body } = answer
    this.#agent.sendResponse(response, { headers: onWire(headers), body }, done)
  }

  /**
   * Cancels an INVITE that was sent and is not answered, bare where the payload cannot be sent. A
   * CANCEL too late is harmless.
   */
  cancel(request: Request, payload: Payload): void {
    const { headers } = this.#sendable(request.socket, payload)
    if (this.isUp(request.socket)) request.cancel({ headers: onWire(headers) }, () => undefined)
  }

  /** ACKs a 2xx, bare where the payload cannot be sent. */
  acknowledge(response: Response, ack: Acknowledge, payload: Payload): void {
    const { headers, body } = this.#sendable(response.socket, payload)
    if (this.isUp(response.socket)) ack({ headers: onWire(headers), body })
  }

  /** Drops what drachtio-srf would keep for ever of a request that got no final response. */
  forget(request: Request): void {
    this.#agent.mapServer.get(request.socket)?.pendingSipRequests.delete(request.stackTxnId)
  }

  /** Drops what drachtio-srf would keep for ever of an INVITE that we do not answer. */
  forgetInvite(request: Request): void {
    const invites = this.#agent.mapServer.get(request.socket)?.pendingNetworkInvites
    const callId = request.get('call-id')
    if (invites?.get(callId)?.req === request) invites.delete(callId)
  }

  #sendable(socket: Socket, payload: Payload): Payload {
    return this.#obstacle(socket, payload) ? nothing : payload
  }

  #obstacle(socket: Socket, payload: Payload): Failure | undefined {
    if (!this.isUp(socket))
      return new Failure('engine_lost', 'the connection to the engine is gone')
    const { headers, body } = payload
    let size = overheadBytes + byteLengthOf(body)
    for (const name in headers) {
      for (const value of valuesOf(headers[name])) {
        if (!isOneLine(value))
          return new Failure('engine_refused', `header ${name} does not fit on one line`)
        size += name.length + Buffer.byteLength(value) + separatorBytes
      }
    }
    if (size <= this.abilities.messageBytesMax) return undefined
    return new Failure(
      'engine_refused',
      `a message of ${size} bytes is more than the engine accepts`,
    )
  }
}

/**
 * Headers as drachtio-srf takes them: it has one value for a name, so that what must stand in fields
 * of their own goes as one value with the line breaks in it.
 */
function onWire(headers: Headers): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const name in headers) flat[name] = valuesOf(headers[name]).join(`\r\n${name}: `)
  return flat
}

function valuesOf(value: string | readonly string[] | undefined): readonly string[] {
  return typeof value === 'string' ? [value] : (value ?? [])
}

/** drachtio-srf's code for a dialog that the engine does not know (any more). */
const noDialog = 'ENODIALOG'

/** What the engine says when it does not send: the leg is gone, or it does not like the message. */
function unsent(error: unknown): Failure {
  const text = messageOf(error)
  const isGone = hasCode(error, noDialog)
  return new Failure(isGone ? 'leg_gone' : 'engine_refused', text, { cause: error })
}

function printable(phrase: string): string {
  return isOneLine(phrase) ? phrase.slice(0, phraseCharsMax) : 'Unreadable'
}

/** drachtio-srf notes the length of the body among them, a number. */
function echoBytes(headers: Readonly<Record<string, string | number>>): number {
  let bytes = 0
  for (const name in headers) {
    bytes += name.length + byteLengthOf(String(headers[name])) + separatorBytes
  }
  return bytes
}
