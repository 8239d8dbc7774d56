import type { Socket } from 'node:net'
import type { Agent, RequestOptions } from 'drachtio-srf'
import drachtio from 'drachtio-srf/package.json' with { type: 'json' }
import { Failure } from '../kernel/failure.ts'
import { SrfFrames } from './srf-frames.ts'
import { SrfInbound } from './srf-inbound.ts'
import { type MessageOptions, SrfOutbound } from './srf-outbound.ts'
import { SrfTextReader } from './srf-text.ts'

/** The version whose agent our layers stand in for, line by line. */
const knownVersion = '5.0.29'
const reliedOn = [
  '_onMsg',
  'request',
  'sendMessage',
  'sendResponse',
  'puntUpTheMiddleware',
] as const

/**
 * Puts lower layers of ours under a drachtio-srf, which do the same for less; see
 * docs/decisions/0055. To be called in the turn in which it is told to connect. Returns the frames,
 * for whoever must know that they have left. Throws `engine_refused` for another drachtio-srf.
 */
export function leanSrf(agent: Agent): SrfFrames {
  checkKnown(agent, drachtio.version)
  const { wp } = agent
  const frames = new SrfFrames({ onFrame: (socket, frame) => wp.emit('msg', socket, frame) })
  leanAgent(agent, new SrfTextReader())
  wp.send = (socket: Socket, text: string) => frames.send(socket, text)
  wp.removeAllListeners('msg')
  wp.on('msg', (socket: Socket, frame: string) => agent._onMsg(socket, frame))
  wp.on('connect', (socket: Socket) => {
    // A connection made again is left with Nagle's algorithm, which waits for the engine's ACK.
    socket.setNoDelay(true)
    socket.removeAllListeners('data')
    socket.on('data', (chunk: Buffer) => frames.receive(socket, chunk))
  })
  return frames
}

/** Refuses an agent that is not the one our layers were made for. */
export function checkKnown(agent: Agent, version: string): void {
  const missing = reliedOn.filter((name) => typeof agent[name] !== 'function')
  if (version === knownVersion && missing.length === 0) return
  const what = `drachtio-srf ${version}${missing.map((name) => ` without ${name}`).join()}`
  throw new Failure('engine_refused', `${what} is not ${knownVersion}, the only version supported`)
}

/** Stands in for what an agent does with each message, and leaves to it what is rare. */
export function leanAgent(agent: Agent, reader: SrfTextReader): void {
  const { _onMsg, request, sendMessage, sendResponse } = agent
  const [inbound, outbound] = [new SrfInbound(agent, reader), new SrfOutbound(agent, reader)]
  agent._onMsg = (socket, frame) => {
    if (!inbound.take(socket, frame)) _onMsg.call(agent, socket, frame)
  }
  agent.request = (options: RequestOptions, callback, ...more) => {
    const isPlain = more.length === 0 && typeof callback === 'function'
    if (!isPlain || !outbound.request(options, callback as never))
      request.call(agent, options, callback, ...more)
  }
  agent.sendMessage = (socket, message, options) =>
    typeof message === 'object' && agent.mapServer.has(socket)
      ? outbound.message(socket, message, (options ?? {}) as MessageOptions)
      : sendMessage.call(agent, socket, message, options)
  agent.sendResponse = (response, content, answered, acknowledged) => {
    if (!outbound.response(response, content, { answered, acknowledged }))
      sendResponse.call(agent, response, content, answered, acknowledged)
  }
}
