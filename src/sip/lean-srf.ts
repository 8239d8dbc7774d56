import type { Socket } from 'node:net'
import type { Agent } from 'drachtio-srf'
import Request, { type Meta } from 'drachtio-srf/lib/request.js'
import SipMessage from 'drachtio-srf/lib/sip-parser/message.js'
import parser from 'drachtio-srf/lib/sip-parser/parser.js'
import { SrfFrames } from './srf-frames.ts'
import { SrfTextReader } from './srf-text.ts'

/**
 * Puts lower layers of ours under a drachtio-srf, which do the same for less; see
 * docs/decisions/0055. To be called in the turn in which it is told to connect. Returns the frames,
 * for whoever must know that they have left.
 */
export function leanSrf(agent: Agent): SrfFrames {
  leanTexts()
  const { wp } = agent
  const frames = new SrfFrames({ onFrame: (socket, frame) => wp.emit('msg', socket, frame) })
  wp.send = (socket: Socket, text: string) => frames.send(socket, text)
  wp.on('connect', (socket: Socket) => {
    // A connection made again is left with Nagle's algorithm, which waits for the engine's ACK.
    socket.setNoDelay(true)
    socket.removeAllListeners('data')
    socket.on('data', (chunk: Buffer) => frames.receive(socket, chunk))
  })
  return frames
}

/** Reading of SIP texts, for every drachtio-srf in the process. Doing it twice does nothing. */
function leanTexts(): void {
  if (Object.hasOwn(SipMessage.prototype, 'toJSON')) return
  const reader = new SrfTextReader()
  parser.parseSipMessage = reader.parse
  parser.getHeaderName = reader.nameOf
  const { getHeaderName } = SipMessage.prototype
  SipMessage.prototype.getHeaderName = function (this: SipMessage, name: string) {
    const lower = name.toLowerCase()
    return Object.hasOwn(this.headers, lower) ? lower : getHeaderName.call(this, name)
  }
  // Written out for a debug log that is off, with every message.
  SipMessage.prototype.toJSON = () => undefined
  const meta = Object.getOwnPropertyDescriptor(Request.prototype, 'meta')
  Object.defineProperty(Request.prototype, 'meta', { ...meta, set: setMeta })
}

/** As drachtio-srf does it, but for the debug log. */
function setMeta(this: Request, meta: Meta): void {
  this.source = meta.source
  this.source_address = meta.address
  this.source_port = meta.port ? Number.parseInt(meta.port, 10) : 5060
  this.protocol = meta.protocol
  this.stackTime = meta.time
  this.stackTxnId = meta.transactionId
  this.stackDialogId = meta.dialogId
  if (meta.server) this.server = meta.server
  if (meta.receivedOn) this.receivedOn = meta.receivedOn
  if (meta.sessionToken) this.sessionToken = meta.sessionToken
}
