import type { Socket } from 'node:net'
import type { Request, Response } from 'drachtio-srf'
import type { Timer } from '../kernel/clock.ts'
import { Failure } from '../kernel/failure.ts'
import { type Exchange, watchdogMs } from './exchange.ts'
import { nothing, type Payload, type Reply } from './messages.ts'
import { RawMessage } from './raw-message.ts'
import type { Acknowledge } from './wire.ts'

/** The answer to a request of ours in a dialog. */
export interface LegReply extends Reply {
  /** ACKs a 2xx to an INVITE; does nothing for all else. */
  acknowledge(payload: Payload): void
}

/** A request in a dialog without its final response. */
export interface PendingRequest {
  /** Never rejects. */
  readonly final: Promise<LegReply>
  /** Cancels a pending INVITE, now or as soon as it has left. */
  cancel(payload: Payload): void
}

/** A request that was never sent because its dialog is over or full. */
export const terminated: PendingRequest = {
  final: Promise.resolve(ownReply(487, 'Request Terminated')),
  cancel: () => undefined,
}

/** A re-INVITE may ring; it has this long. */
const inviteTimeoutMs = 64_000

/** What is asked of the dialog. */
export interface LegTarget {
  readonly socket: Socket
  readonly dialogId: string
  readonly method: string
  readonly payload: Payload
  /** It is not sent before this has settled. */
  readonly after?: Promise<unknown> | undefined
}

/** One request of ours in a dialog, from sending to its final response or our patience's end. */
export class LegTransaction implements PendingRequest {
  readonly final: Promise<LegReply>
  readonly #exchange: Exchange
  readonly #onProvisional: ((reply: Reply) => void) | undefined
  readonly #timer: Timer
  #settle: (reply: LegReply) => void = () => undefined
  #request: Request | undefined
  #held: boolean
  #cancelWanted = false
  #done = false

  constructor(exchange: Exchange, target: LegTarget, onProvisional?: (reply: Reply) => void) {
    this.#exchange = exchange
    this.#onProvisional = onProvisional
    this.final = new Promise((resolve) => {
      this.#settle = resolve
    })
    const isInvite = target.method === 'INVITE'
    this.#timer = exchange.clock.after(isInvite ? inviteTimeoutMs : watchdogMs, () => {
      if (isInvite) this.cancel(nothing)
      this.#giveUp(408, 'Request Timeout')
    })
    this.#held = target.after !== undefined
    if (target.after === undefined) this.#send(target)
    else void target.after.then(() => this.#send(target))
  }

  #send({ socket, dialogId, method, payload }: LegTarget): void {
    this.#held = false
    if (this.#done) return
    this.#exchange.wire.send(socket, { method, dialogId, payload }, (outcome) => {
      if (!(outcome instanceof Failure)) this.#sent(outcome)
      else if (outcome.code === 'engine_refused') this.#giveUp(500, 'Not Sent')
      // RFC 3261 12.2.1.2: a dialog that the engine does not know is as good as a 481.
      else this.#giveUp(481, 'Call/Transaction Does Not Exist')
    })
  }

  cancel(payload: Payload): void {
    if (this.#done || this.#cancelWanted) return
    this.#cancelWanted = true
    if (this.#held) this.abandon()
    else if (this.#request) this.#exchange.wire.cancel(this.#request, payload)
  }

  /** Settles with a status of ours because the dialog is over. */
  abandon(): void {
    this.#giveUp(487, 'Request Terminated')
  }

  #sent(request: Request): void {
    this.#request = request
    if (this.#done) {
      this.#exchange.wire.forget(request)
      return
    }
    request.on('response', (response: Response, ack: Acknowledge) => {
      this.#onResponse(response, ack)
    })
    // drachtio-srf hands an UPDATE to whatever request of the same Call-ID is pending.
    request.on('update', this.#exchange.deliver)
    if (this.#cancelWanted) this.#exchange.wire.cancel(request, nothing)
  }

  #onResponse(response: Response, ack: Acknowledge): void {
    const { status, reason } = response.msg
    const message = new RawMessage(response.msg.raw)
    if (status < 200) {
      if (status > 100 && !this.#done) this.#onProvisional?.({ status, phrase: reason, message })
      return
    }
    const acknowledge = acknowledgeOnce(this.#exchange, response, ack)
    // RFC 3261 13.2.2.4: every 2xx to an INVITE is acknowledged, wanted or not.
    if (this.#done) {
      if (status < 300) acknowledge(nothing)
      return
    }
    this.#finish({ status, phrase: reason, message, acknowledge })
  }

  #giveUp(status: number, phrase: string): void {
    if (this.#done) return
    this.#finish(ownReply(status, phrase))
    if (this.#request && !this.#cancelWanted) this.#exchange.wire.forget(this.#request)
  }

  #finish(reply: LegReply): void {
    this.#done = true
    this.#timer.cancel()
    this.#settle(reply)
  }
}

/** A final response that nobody sent. */
function ownReply(status: number, phrase: string): LegReply {
  return { status, phrase, message: undefined, acknowledge: () => undefined }
}

/** The ACK of a 2xx to an INVITE, sent once at most; for other responses and methods nothing. */
export function acknowledgeOnce(
  exchange: Exchange,
  response: Response,
  ack: Acknowledge,
): (payload: Payload) => void {
  let due = response.req.method === 'INVITE' && response.msg.status < 300
  return (payload) => {
    if (!due) return
    due = false
    exchange.wire.acknowledge(response, ack, payload)
  }
}
