import type { Socket } from 'node:net'
import type { Agent, Meta, Placed, Request, Response, Server } from 'drachtio-srf'
import SrfRequest from 'drachtio-srf/lib/request.js'
import SrfResponse from 'drachtio-srf/lib/response.js'
import { SrfMessage } from './srf-message.ts'
import type { SrfTextReader } from './srf-text.ts'

const defaultPort = 5060
/** A frame with a message of the network names at least its dialog. */
const sipTokensMin = 10

/** A frame on its way to the agent. */
interface Arrival {
  readonly socket: Socket
  readonly server: Server
  readonly tokens: readonly string[]
}

/**
 * Hands frames to drachtio-srf's agent as the agent would do itself, with the same outcome. It takes
 * what every call has; what is rare (CANCEL, UPDATE, challenges, what the engine sends on its own,
 * records of calls, what cannot be read) it leaves.
 */
export class SrfInbound {
  readonly #agent: Agent
  readonly #reader: SrfTextReader

  constructor(agent: Agent, reader: SrfTextReader) {
    this.#agent = agent
    this.#reader = reader
  }

  /** Whether the frame was taken; else the agent is to be given it, as if nothing had been done. */
  take(socket: Socket, frame: string): boolean {
    const server = this.#agent.mapServer.get(socket)
    if (!server) return false
    const end = frame.indexOf('\r')
    const tokens = fieldsOf(frame, end < 0 ? frame.length : end)
    const text = end < 0 ? undefined : frame.slice(end + 2)
    if (tokens[1] === 'response') return this.#reply(server, tokens, text)
    if (tokens[1] !== 'sip' || tokens[2] !== 'network' || tokens.length < sipTokensMin) return false
    if (text === undefined) return false
    const message = new SrfMessage(this.#reader, text)
    if (!message.isReadable) return false
    const arrival = { socket, server, tokens }
    return message.method ? this.#request(arrival, message) : this.#response(arrival, message)
  }

  #reply(server: Server, tokens: readonly string[], text: string | undefined): boolean {
    const id = tokens[2] ?? ''
    if (server.pendingPingRequests.has(id)) return false
    const told = server.pendingRequests.get(id)
    // Nobody asked for the reply.
    if (!told) return true
    if (tokens[12] !== 'continue') server.pendingRequests.delete(id)
    told.call(this.#agent, tokens.slice(3), text, replyMetaOf(tokens))
    return true
  }

  #request({ socket, server, tokens }: Arrival, message: SrfMessage): boolean {
    const { method } = message
    if (method === 'CANCEL' || method === 'UPDATE') return false
    const request = new SrfRequest()
    request.msg = message
    place(request, sipMetaOf(tokens))
    request.server = { address: socket.remoteAddress, hostport: server.hostport }
    if (tokens.length > 11) request.receivedOn = `${tokens[10]}:${tokens[11]}`
    if (tokens[12]) request.sessionToken = tokens[12]
    const response = this.#responseTo(request, message)
    request.agent = response.agent = this.#agent
    request.socket = response.socket = socket
    if (method === 'INVITE') {
      // A key that is not there is one too, as drachtio-srf has it.
      const callId = message.get('call-id') as string
      server.pendingNetworkInvites.set(callId, { req: request, res: response })
    } else if (method === 'PRACK' || method === 'ACK') acknowledge(server, request)
    this.#agent.puntUpTheMiddleware(request, response)
    return true
  }

  #responseTo(request: Request, message: SrfMessage): Response {
    const response = new SrfResponse()
    response.msg = message.answer()
    response._req = request
    request.res = response
    return response
  }

  #response({ socket, server, tokens }: Arrival, message: SrfMessage): boolean {
    const transactionId = tokens[8] ?? ''
    const dialogId = tokens[9] ?? ''
    const sent = server.pendingSipRequests.get(transactionId)
    if (!sent) return true
    if (sent.req.auth || server.pendingSipAuthRequests.size > 0) return false
    const response = new SrfResponse(this.#agent)
    response.msg = message
    place(response, sipMetaOf(tokens))
    // Where all are there already, what was sent need not be read for them.
    if (message.namesDialog) response._req = sent.req
    else response.req = sent.req
    response.socket = sent.req.socket = socket
    if (message.status >= 200) server.pendingSipRequests.delete(transactionId)
    sent.req.emit('response', response, acknowledgementOf(response, dialogId))
    return true
  }
}

/** The fields of a frame's first line. */
function fieldsOf(frame: string, end: number): readonly string[] {
  const fields: string[] = []
  for (let at = 0; ; ) {
    const mark = frame.indexOf('|', at)
    if (mark < 0 || mark >= end) {
      fields.push(frame.slice(at, end))
      return fields
    }
    fields.push(frame.slice(at, mark))
    at = mark + 1
  }
}

/** Notes on a message where it came from. */
export function place(message: Placed, meta: Meta): void {
  message.source = meta.source
  message.source_address = meta.address
  message.source_port = meta.port ? Number.parseInt(meta.port, 10) : defaultPort
  message.protocol = meta.protocol
  message.stackTime = meta.time
  message.stackTxnId = meta.transactionId
  message.stackDialogId = meta.dialogId
}

/** The fields of what came from the network, behind the frame's id and kind. */
function sipMetaOf(tokens: readonly string[]): Meta {
  return metaOf(tokens, 2)
}

/** The fields of what the engine sent for us, behind the frame's id and kind, our id and OK. */
function replyMetaOf(tokens: readonly string[]): Meta {
  return metaOf(tokens, 4)
}

function metaOf(tokens: readonly string[], from: number): Meta {
  return {
    source: tokens[from],
    address: tokens[from + 3],
    port: tokens[from + 4],
    protocol: tokens[from + 2],
    time: tokens[from + 5],
    transactionId: tokens[from + 6],
    dialogId: tokens[from + 7],
  } as Meta
}

function acknowledge(server: Server, request: Request): void {
  const told = server.pendingAckOrPrack.get(request.stackDialogId)
  if (!told) return
  server.pendingAckOrPrack.delete(request.stackDialogId)
  told(request)
}

/** What acknowledges a response: ACK, or PRACK for one that is provisional and reliable. */
function acknowledgementOf(response: Response, dialogId: string): () => void {
  const { status } = response
  if (status >= 200 && response.req.method === 'INVITE')
    return SrfResponse.prototype.sendAck.bind(response, dialogId)
  if (status > 100 && status < 200 && response.get('RSeq'))
    return SrfResponse.prototype.sendPrack.bind(response, dialogId)
  return noop
}

function noop(): void {}
