import type { Agent, Request, Response } from 'drachtio-srf'
import type { CallAttempt, CallId, Source, SourceCertificate } from '../domain/attempt.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Logger } from '../kernel/logger.ts'
import type { Random } from '../kernel/random.ts'
import { ofDrachtioServer } from './abilities.ts'
import type { Exchange } from './exchange.ts'
import { isOneLine } from './header-value.ts'
import { type InboundCall, ReceivedCall } from './inbound-call.ts'
import { plainAnswer } from './messages.ts'
import { allow, methodRefusal, methodsTaken } from './methods.ts'
import { RawMessage } from './raw-message.ts'
import { readAttempt } from './raw-reader.ts'
import type { ReceivedRegister } from './register.ts'
import { ringingRefusal } from './reliable-ringing.ts'
import { Wire } from './wire.ts'

/** Who takes what comes in. */
export interface Handlers {
  /** Each new INVITE; must answer it, whatever happens. */
  onInvite(call: InboundCall): void
  /** Each REGISTER; must answer it, whatever happens. Undefined: nobody registers here. */
  readonly onRegister?: ((register: ReceivedRegister) => void) | undefined
  /** Whether a new INVITE would have a chance now: what OPTIONS tells. RFC 3261 11.2. */
  accepting(): boolean
  /**
   * How to meet a request outside calls; `drop` where the engine has been told to forget it, so that
   * its sender hears nothing.
   */
  meet(sender: Pick<CallAttempt, 'source' | 'userAgent'>): 'answer' | 'refuse' | 'drop'
  /** Name of the header that carries the key, in any case. */
  readonly keyHeader: string
}

/** INVITEs that may wait for an answer at once, decided or not; the gate's own limit lies below. */
const invitesMax = 20_000
/** Longest wait that an overloaded node asks for, seconds. */
const overloadRetryMaxS = 10

export interface Surroundings {
  readonly agent: Agent
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  handlers(): Handlers | undefined
  /** What the sender of the request being handed over has proved by a client certificate. */
  certificate(): SourceCertificate | undefined
}

/** The legs' common ground, and the way of each request to the leg or handler it is for. */
export function createExchange(around: Surroundings): Exchange {
  const { clock, random, logger } = around
  const wire = new Wire(around.agent, ofDrachtioServer)
  const exchange: Exchange = {
    wire,
    clock,
    random,
    logger,
    dialogs: new Map(),
    invites: new Map(),
    dials: new Set(),
    deliver,
  }
  return exchange

  function deliver(request: Request, response: Response): void {
    const owner = request.stackDialogId ? exchange.dialogs.get(request.stackDialogId) : undefined
    if (owner && !methodsTaken.has(request.method)) {
      wire.respond(response, methodRefusal(request.method))
    } else if (owner) owner.receive(request, response)
    else if (request.method === 'ACK' || request.source === 'application') return
    else if (request.stackDialogId) {
      wire.respond(response, plainAnswer(481, 'Call/Transaction Does Not Exist'))
    } else if (request.method === 'INVITE') invite(request, response)
    else outside(request, response)
  }

  function invite(request: Request, response: Response): void {
    const handlers = around.handlers()
    if (!handlers || exchange.invites.size >= invitesMax) {
      const retry = { 'Retry-After': String(1 + random.below(overloadRetryMaxS)) }
      wire.respond(response, plainAnswer(503, 'Overloaded', retry))
      return
    }
    const message = new RawMessage(request.msg.raw)
    const refusal = ringingRefusal(wire.abilities, message)
    if (refusal) {
      wire.respond(response, refusal)
      return
    }
    const attempt = attemptOf({ around, handlers, request, message })
    handlers.onInvite(new ReceivedCall(exchange, { request, response, attempt, message }))
  }

  function outside(request: Request, response: Response): void {
    const message = new RawMessage(request.msg.raw)
    const sender = { source: sourceOf(request), userAgent: message.first('user-agent') }
    const reception = around.handlers()?.meet(sender) ?? 'answer'
    if (reception === 'answer') answerOutside(request, response, message)
    else if (reception === 'refuse') wire.respond(response, plainAnswer(403, 'Forbidden'))
  }

  function answerOutside(request: Request, response: Response, message: RawMessage): void {
    const handlers = around.handlers()
    const registers = request.method === 'REGISTER' ? handlers?.onRegister : undefined
    if (!registers && request.method !== 'OPTIONS') {
      wire.respond(response, methodRefusal(request.method))
      return
    }
    // RFC 3261 8.2.2.3, 10.3 step 2: for itself the gate knows no extension.
    const required = message.all('require').filter(isOneLine)
    if (required.length > 0) {
      wire.respond(
        response,
        plainAnswer(420, 'Bad Extension', { Unsupported: required.join(', ') }),
      )
    } else if (registers && handlers) {
      const attempt = attemptOf({ around, handlers, request, message })
      registers({ attempt, message, answer: (answer) => wire.respond(response, answer) })
    } else if (handlers?.accepting()) {
      wire.respond(response, plainAnswer(200, 'OK', { Allow: allow, Accept: 'application/sdp' }))
    } else wire.respond(response, plainAnswer(503, 'Service Unavailable'))
  }
}

interface Arrived {
  readonly around: Surroundings
  readonly handlers: Handlers
  readonly request: Request
  readonly message: RawMessage
}

/** What came, as the plain data that it is decided by. */
function attemptOf({ around, handlers, request, message }: Arrived): CallAttempt {
  const certificate = around.certificate()
  return readAttempt(message, {
    id: around.random.hex(16) as CallId,
    receivedAtMs: around.clock.now(),
    source: { ...sourceOf(request), ...(certificate && { certificate }) },
    keyHeader: handlers.keyHeader.toLowerCase(),
  })
}

function sourceOf({ source_address, source_port, protocol }: Request): Source {
  return { address: source_address, port: source_port, protocol }
}
