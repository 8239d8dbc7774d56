import type { Clock } from '../../kernel/clock.ts'
import type { Random } from '../../kernel/random.ts'
import { type Trust, trustAll } from '../guard/trust.ts'
import type { Request, Response } from '../message/message.ts'
import { responseDestination } from '../transport/received.ts'
import type { Arrival, Endpoint, Transport } from '../transport/types.ts'
import { ClientSide } from './client-side.ts'
import { createRunner } from './runner.ts'
import { ServerSide, type TransactionLimits } from './server-side.ts'
import { defaultTimerValues, type TimerValues } from './timers.ts'
import type { TransactionLayer, TransactionUser } from './types.ts'

/** What a transaction layer stands on. */
export interface TransactionLayerOptions {
  readonly transport: Transport
  readonly user: TransactionUser
  readonly clock: Clock
  readonly random: Random
  readonly limits: TransactionLimits
  readonly timers?: TimerValues
  /** Everybody is known unless given. */
  readonly trust?: Trust
  /** Whether a new call from there is to be refused for now; none is unless given. */
  readonly sheds?: (source: Endpoint) => boolean
  /** Whether the 100 to such an INVITE waits, so that its sender may be banned first; no unless given. */
  readonly suspects?: (invite: Request) => boolean
  /** Told of what the user's callbacks throw; unless given, it is thrown on. */
  readonly report?: (cause: unknown) => void
}

/**
 * The transaction layer of RFC 3261 17 over the given transport, for the given user. Callbacks come
 * from within `receive`, from the clock, and `onTerminated` also from within `respond`; never from
 * within `send` or `cancel`.
 */
export function createTransactionLayer(options: TransactionLayerOptions): TransactionLayer {
  const { transport, user, clock, random, limits } = options
  const { timers: values = defaultTimerValues, report = rethrow } = options
  const runner = createRunner({ clock, values, report })
  const { trust = trustAll, sheds = () => false, suspects = () => false } = options
  const shared = { runner, transport, user, random, trust, sheds, suspects }
  const client = new ClientSide(shared)
  const server = new ServerSide(shared, limits, () => client.size)

  return {
    receive: (arrival) => {
      if (isResponse(arrival)) client.receive(arrival)
      else if (isRequest(arrival)) server.receive(arrival)
    },
    send: (request, to, events) => client.send(request, to, events),
    sendAck: (ack, to) => client.sendAck(ack, to),
    repeat: (bytes, to) => transport.send(bytes, to, ignoreError),
    cancel: (invite, extraHeaders) => client.cancel(invite, extraHeaders),
    abandon: (transaction) => client.abandon(transaction),
    responseDestination: (transaction) => responseDestination(transaction.arrival),
    get size() {
      return server.size + client.size
    },
    close: () => {
      runner.close()
      server.close()
      client.close()
    },
  }
}

function rethrow(cause: unknown): never {
  throw cause
}

function isRequest(arrival: Arrival): arrival is Arrival<Request> {
  return arrival.message.kind === 'request'
}

function isResponse(arrival: Arrival): arrival is Arrival<Response> {
  return arrival.message.kind === 'response'
}

/** Whoever repeats bytes does so until it hears an answer. */
function ignoreError(): void {}
