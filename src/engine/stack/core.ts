import { type Clock, guardedClock } from '../../kernel/clock.ts'
import type { Random } from '../../kernel/random.ts'
import { dialogIdOf } from '../dialog/dialog-id.ts'
import { DialogTable } from '../dialog/table.ts'
import type { Dispatcher } from '../dispatch/dispatcher.ts'
import type { Resolver } from '../locate/resolve.ts'
import { Unreachable } from '../locate/unreachable.ts'
import { firstHeader } from '../message/headers.ts'
import { formatHostPort, hostOf } from '../message/host-port.ts'
import type { Response } from '../message/message.ts'
import { fromTag } from '../message/tags.ts'
import type { FrameText } from '../protocol/frame-text.ts'
import type { Client, Core } from '../protocol/types.ts'
import { Challenged } from '../proxy/challenged.ts'
import { ProxiedDialogs } from '../proxy/proxied-dialogs.ts'
import { proxyRequest } from '../proxy/proxy-request.ts'
import type { TransactionLayer, TransactionUser } from '../transaction/types.ts'
import type { Arrival, Listener, Transport } from '../transport/types.ts'
import { sendResponse } from './answer.ts'
import { sentBy } from './app-headers.ts'
import { callRecords, noRecords } from './call-records.ts'
import { ownerGone } from './client-invite.ts'
import { sayGoodbye } from './goodbye.ts'
import { receiveAck, receiveCancel, receiveRequest } from './inbound.ts'
import {
  type CallOff,
  callOff,
  dropInbound,
  finishInbound,
  serverError,
  terminated,
} from './pending.ts'
import { sessionEnds } from './refresh.ts'
import { Registered } from './registered.ts'
import { Roster } from './roster.ts'
import { sendRequest } from './send-request.ts'
import type { InboundRequest, Leg, Stack, StackLimits, StackTimes } from './stack.ts'

/** How often the core looks for apps whose time is up, milliseconds. */
const sweepMs = 1_000

/** What the core stands on. The layer is made for the core's user, so it is given as a function. */
export interface CoreParts {
  readonly clock: Clock
  readonly random: Random
  readonly transport: Transport
  readonly resolver: Resolver
  readonly frames: FrameText
  readonly times: StackTimes
  readonly limits: StackLimits
  readonly dispatcher?: Dispatcher | undefined
  /** Whether apps are told of calls as records (PROTOCOL 14). */
  readonly cdrs?: boolean | undefined
  readonly report: (cause: unknown) => void
  readonly createLayer: (user: TransactionUser) => TransactionLayer
}

/** The running core: the transaction user below the admin protocol (RFC 3261 5). */
export interface RunningCore {
  readonly core: Core
  readonly layer: TransactionLayer
  /** How many requests apps have got and not said anything about. */
  unheard(): number
  /** Forgets, without an answer, the new requests from such addresses that no app has answered. */
  dropFrom(isBanned: (address: string) => boolean): void
  /** How much it holds: for limits and tests. */
  sizes(): CoreSizes
  forwarded(): ForwardedSizes
  close(): void
}

/** What the core holds at this moment. */
export interface CoreSizes {
  readonly inbound: number
  readonly outbound: number
  readonly dialogs: number
  readonly invites: number
}

/** What passes through at this moment. */
export interface ForwardedSizes {
  readonly requests: number
  readonly dialogs: number
}

/** Joins transactions, dialogs and applications. */
export function createCore(parts: CoreParts): RunningCore {
  const user: TransactionUser = {
    onRequest: (transaction) => guarded(() => receiveRequest(stack, transaction)),
    onCancel: (invite, cancel) => guarded(() => receiveCancel(stack, invite, cancel)),
    onAck: (ack) => guarded(() => receiveAck(stack, ack)),
    onStrayResponse: (arrival) => guarded(() => receiveStray(stack, arrival)),
  }
  const layer = parts.createLayer(user)
  const roster = new Roster()
  const clock = guardedClock(parts.clock, parts.report)
  const stack: Stack = {
    ...parts,
    clock,
    layer,
    roster,
    records: parts.cdrs ? callRecords(roster, parts.frames) : noRecords,
    unreachable: new Unreachable(clock),
    legs: new DialogTable<Leg>(),
    load: { unheard: 0 },
    inbound: new Map(),
    outbound: new Map(),
    invites: new Map(),
    subscribes: new Map(),
    registered: new Registered(clock),
    opening: new Map(),
    sessionEnds,
    proxies: new Map(),
    proxied: new ProxiedDialogs(parts.limits.dialogsMax),
    challenged: new Challenged(),
  }
  const sweeping = clock.every(sweepMs, () => sweep(stack))

  /** A message that breaks us is lost with its transaction; all other calls go on. */
  function guarded(run: () => void): void {
    try {
      run()
    } catch (cause) {
      parts.report(cause)
    }
  }

  return {
    layer,
    core: { ...coreOf(stack), clientGone: (gone) => guarded(() => endAllOf(stack, gone)) },
    unheard: () => stack.load.unheard,
    dropFrom: (isBanned) => guarded(() => dropFrom(stack, isBanned)),
    sizes: () => ({
      inbound: stack.inbound.size,
      outbound: stack.outbound.size,
      dialogs: stack.legs.size,
      invites: stack.invites.size,
    }),
    forwarded: () => ({ requests: stack.proxies.size, dialogs: stack.proxied.size }),
    close: () => {
      sweeping.cancel()
      for (const leg of stack.legs.entries()) stopTimers(leg)
      for (const subscribe of [...stack.subscribes.values()]) subscribe.close()
      layer.close()
    },
  }
}

function coreOf(stack: Stack): Omit<Core, 'clientGone'> {
  const { listeners } = stack.transport
  return {
    hostports: {
      external: listeners.map((one) => `${one.protocol}/${sentBy(one)}`).join(','),
      local: listeners.map((one) => `${one.protocol}/${boundTo(one)}`).join(','),
    },
    addRoute: (client, verb) => stack.roster.add(client, verb),
    removeRoute: (client, verb) => stack.roster.remove(client, verb),
    sendRequest: (client, command, message) => sendRequest(stack, client, command, message),
    sendResponse: (client, command, message) => sendResponse(stack, client, command, message),
    proxyRequest: (client, command, message) => proxyRequest(stack, client, command, message),
  }
}

function stopTimers(leg: Leg): void {
  leg.awaitedAck?.repetition.stop()
  leg.reliable?.finish()
  leg.session?.timer.stop()
  leg.expiring?.cancel()
}

function boundTo(listener: Listener): string {
  return formatHostPort(hostOf(listener.address), listener.port)
}

/** A 2xx that no transaction takes: RFC 3261 13.2.2.4 wants it ACKed and its dialog ended. */
function receiveStray(stack: Stack, arrival: Arrival<Response>): void {
  const { status } = arrival.message
  if (status < 200 || status >= 300) return
  if (!firstHeader(arrival.message, 'CSeq')?.endsWith('INVITE')) return
  const callId = firstHeader(arrival.message, 'Call-ID') ?? ''
  stack.invites.get(dialogIdOf(callId, fromTag(arrival.message)))?.acceptLate(arrival)
}

/** Answers what an app has left unanswered for too long: nothing is forgotten in silence. */
function sweep(stack: Stack): void {
  const nowMs = stack.clock.monotonic()
  stack.registered.sweep()
  for (const inbound of stack.inbound.values()) {
    const isInvite = inbound.method === 'INVITE'
    if (isInvite && isCutOff(stack, inbound)) callOff(stack, inbound, cutOff)
    else if (inbound.dueMs > nowMs) continue
    else if (isInvite) callOff(stack, inbound, forgotten)
    else finishInbound(stack, inbound, serverError)
  }
}

/**
 * Whether an answer would reach nobody: RFC 7118 5 lets only the client open a WebSocket, and this one is
 * gone. Over TCP the answer opens a connection of its own (RFC 3261 18.2.2).
 */
function isCutOff({ transport }: Stack, { transaction }: InboundRequest): boolean {
  const { connection, source } = transaction.arrival
  const isWebSocket = source.protocol === 'ws' || source.protocol === 'wss'
  return isWebSocket && connection !== undefined && !transport.isConnected(connection)
}

/** Somebody may be ringing, for a caller who can hear no answer. */
const cutOff: CallOff = {
  status: terminated,
  reasons: [{ name: 'Reason', value: 'SIP;cause=487;text="Connection closed"' }],
}

/** Its app has something to end perhaps: a callee that rings, a conversation with a store. */
const forgotten: CallOff = {
  status: serverError,
  reasons: [{ name: 'Reason', value: 'SIP;cause=500;text="Not answered in time"' }],
}

/** What belongs to a call that is known goes on: it is its app's to end. */
function dropFrom(stack: Stack, isBanned: (address: string) => boolean): void {
  for (const inbound of stack.inbound.values()) {
    if (inbound.leg || inbound.touched) continue
    if (isBanned(inbound.transaction.arrival.source.address)) dropInbound(stack, inbound)
  }
}

/**
 * Ends everything a lost application owned (PROTOCOL 11 tells what the real server leaves behind):
 * calls not yet answered are refused or cancelled, established ones end by BYE on both sides.
 */
function endAllOf(stack: Stack, client: Client): void {
  stack.roster.removeClient(client)
  for (const inbound of [...stack.inbound.values()]) {
    if (inbound.owner !== client) continue
    const isBye = inbound.method === 'BYE'
    const unavailable = { code: 503, reason: 'Service Unavailable' }
    finishInbound(stack, inbound, isBye ? { code: 200, reason: 'OK' } : unavailable)
  }
  for (const outbound of [...stack.outbound.values()]) {
    if (outbound.owner === client) outbound.orphan()
  }
  for (const leg of stack.legs.entries()) {
    if (leg.owner === client && leg.state === 'confirmed') sayGoodbye(stack, leg, ownerGone)
  }
}
