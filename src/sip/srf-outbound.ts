import { Socket } from 'node:net'
import type {
  Acknowledged,
  Agent,
  Answered,
  Content,
  Meta,
  Request,
  Requested,
  RequestOptions,
  Response,
  Server,
  SipText,
} from 'drachtio-srf'
import SrfRequest from 'drachtio-srf/lib/request.js'
import { place } from './srf-inbound.ts'
import { addHeaders, SrfMessage } from './srf-message.ts'
import type { SrfTextReader } from './srf-text.ts'
import { writeSipText } from './srf-writer.ts'

/** drachtio-srf's code for a dialog that the engine does not know, and for any other refusal. */
const noDialog = 'ENODIALOG'
const notSent = 'EDRACHTIO'
const dialogUnknown = /unable to find dialog/i

/** What drachtio-srf's agent gives with a message to be sent. */
export interface MessageOptions extends Content {
  readonly stackTxnId?: string
  readonly stackDialogId?: string
}

/** Whom to tell that a response was sent, and that it was acknowledged. */
export interface Told {
  readonly answered: Answered
  readonly acknowledged: Acknowledged
}

/**
 * Sends for drachtio-srf's agent as the agent would do itself, with the same outcome, but what the
 * engine says it sent is read only when somebody looks at it. Requests with credentials, and those
 * that name a transaction, it leaves.
 */
export class SrfOutbound {
  readonly #agent: Agent
  readonly #reader: SrfTextReader

  constructor(agent: Agent, reader: SrfTextReader) {
    this.#agent = agent
    this.#reader = reader
  }

  /** Sends a request. Whether it did; else nothing was done. */
  request(options: RequestOptions, callback: Requested): boolean {
    const socket = options._socket
    const server = socket && this.#agent.mapServer.get(socket)
    if (!server || !(socket instanceof Socket) || socket.destroyed) return false
    if (options.auth || options.stackTxnId || typeof options.method !== 'string') return false
    // drachtio-srf deletes it, which makes options slow to read.
    options._socket = undefined
    options.method = options.method.toUpperCase()
    if (!options.uri && options.stackDialogId) options.uri = 'sip:placeholder'
    const text = writeSipText(options)
    const proxy = options.proxy ? `|${options.proxy}` : ''
    const frame = `sip||${options.stackDialogId || ''}${proxy}\r\n${text}`
    server.pendingRequests.set(this.#agent.wp.send(socket, frame), (tokens, sent) => {
      if (tokens[0] === 'OK') callback(null, this.#sent(server, options.method, { tokens, sent }))
      else callback(refusal(tokens[1]))
    })
    return true
  }

  /** Sends a message, with headers added and another body where they are given; returns its id. */
  message(socket: Socket, message: SipText, options: MessageOptions): string {
    const { stackTxnId, stackDialogId, headers, body } = options
    noteLength(message)
    const text = headers || body ? this.#textOf(message, options) : textOf(message)
    return this.#agent.wp.send(socket, `sip|${stackTxnId || ''}|${stackDialogId || ''}\r\n${text}`)
  }

  /** Sends a response. Whether it did; else nothing was done. */
  response(response: Response, content: Content | undefined, told: Told): boolean {
    const server = this.#agent.mapServer.get(response.socket)
    if (!server) return false
    const options = { stackTxnId: response.req.stackTxnId, ...content }
    const id = this.#agent.sendMessage(response.socket, response.msg, options)
    if (told.answered || told.acknowledged) {
      server.pendingRequests.set(id, (tokens, text, meta) => {
        server.pendingRequests.delete(id)
        if (tokens[0] !== 'OK') {
          told.answered?.(tokens[1])
          return
        }
        response.meta = meta
        const sent = new SrfMessage(this.#reader, text)
        told.answered?.(null, sent)
        if (told.acknowledged && (sent.has('RSeq') || response.status === 200))
          server.pendingAckOrPrack.set(meta.dialogId, told.acknowledged)
      })
    }
    if (response.status >= 200) finish(response, server)
    return true
  }

  /** The request that the engine sent for us. */
  #sent(server: Server, method: string, { tokens, sent }: Sent): Request {
    const request = new SrfRequest()
    request.msg = new SrfMessage(this.#reader, sent)
    place(request, sentMetaOf(tokens))
    request.agent = this.#agent
    request.socket = server.socket
    // The engine does not hand up what answers a CANCEL.
    if (method !== 'CANCEL') server.pendingSipRequests.set(request.stackTxnId, { req: request })
    return request
  }

  #textOf(message: SipText, { headers: added, body }: MessageOptions): string {
    const headers = message instanceof SrfMessage ? message.copiedHeaders() : { ...message.headers }
    if (added) addHeaders(headers, added, this.#reader)
    const { method, uri, version, status, reason } = message
    return writeSipText({
      method,
      uri,
      version,
      status,
      reason,
      headers,
      body: body || message.body,
    })
  }
}

function textOf(message: SipText): string {
  return message instanceof SrfMessage ? message.toString() : writeSipText(message)
}

/** What drachtio-srf writes out for its debug log leaves a length in the headers. */
function noteLength(message: SipText): void {
  if (message instanceof SrfMessage) message.noteLength()
  else Object.assign(message.headers, { 'content-length': (message.body || '').length })
}

/** What the engine says of a request that it sent. */
interface Sent {
  readonly tokens: readonly string[]
  readonly sent: string | undefined
}

/** The fields behind the frame's id and kind and our id. */
function sentMetaOf(tokens: readonly string[]): Meta {
  return {
    source: tokens[1],
    address: tokens[4],
    port: tokens[5],
    protocol: tokens[3],
    time: tokens[6],
    transactionId: tokens[7],
  } as Meta
}

function refusal(reason: string | undefined): Error {
  const error = new Error(reason || 'request failed')
  return Object.assign(error, { code: dialogUnknown.test(error.message) ? noDialog : notSent })
}

function finish(response: Response, server: Server): void {
  setImmediate(() => {
    response.finished = true
    response.emit('finish')
  })
  // The response itself may have left out what it repeats.
  if (response.req.method === 'INVITE')
    server.pendingNetworkInvites.delete(response.req.get('call-id'))
}
