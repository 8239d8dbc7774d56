import { sourceOf } from '../dialog/dialog.ts'
import { locate } from '../locate/locate.ts'
import type { Header, Request, Response } from '../message/message.ts'
import { serialize } from '../message/serialize.ts'
import type { AppRequest, Client } from '../protocol/types.ts'
import type { Places } from '../stack/attempts.ts'
import type { Found } from '../stack/leg.ts'
import { refuse, settle, terminated } from '../stack/pending.ts'
import type { Stack } from '../stack/stack.ts'
import type { ServerTransaction } from '../transaction/types.ts'
import type { Arrival, Listener } from '../transport/types.ts'
import type { ProxyCommand } from './command.ts'
import { breadthLeft, forwardedRequest, hopsLeft } from './forward.ts'
import { isLoop, loopMark } from './loop.ts'
import { isOwnUri } from './own-address.ts'
import { learnPlaces, type ProxiedDialog } from './proxied-dialogs.ts'
import { type ContextEvents, type Forwarding, ResponseContext } from './response-context.ts'

/** Most dialogs of one forked request that are followed. */
const dialogsMax = 16

/** A refusal of a proxied request: to its sender, and as text to the app. */
interface Refusal {
  readonly code: number
  readonly reason: string
  readonly why: string
}

/** To its early dialog, if the app had opened one, it is as if the request had been refused. */
const takenOver = 300

/** RFC 5393 5.3.3, 4.2.2, RFC 3261 16.3. */
const tooManyHops: Refusal = {
  code: 483,
  reason: 'Too Many Hops',
  why: 'Rejected with 483 Too Many Hops due to Max-Forwards value of 0',
}
const loopDetected: Refusal = {
  code: 482,
  reason: 'Loop Detected',
  why: 'Rejected with 482 Loop Detected',
}
const tooBroad: Refusal = {
  code: 440,
  reason: 'Max-Breadth Exceeded',
  why: 'Rejected with 440 Max-Breadth Exceeded due to Max-Breadth value of 0',
}
const noTarget = 'error proxying request to '
const full: Refusal = { code: 503, reason: 'Service Unavailable', why: noTarget }

/** Requests that open a dialog whose later requests we may have to pass on. */
const opening = new Set(['INVITE', 'SUBSCRIBE'])

/** Serves a `proxy` frame (PROTOCOL 12): from now on the request is the engine's to answer. */
export function proxyRequest(
  stack: Stack,
  client: Client,
  command: ProxyCommand,
  message: AppRequest | undefined,
) {
  const { frameId, transactionId } = command
  const decline = (why: string) => client.send(stack.frames.reply(frameId, 'NOK', why))
  const inbound = stack.inbound.get(transactionId)
  const isInDialog = inbound?.opens === '' && inbound.leg !== undefined
  // A request that was cancelled meanwhile is not there any more: nothing is forwarded for it.
  if (!inbound || inbound.owner !== client || isInDialog) {
    return decline(`Unknown transaction id: ${transactionId}`)
  }
  const { transaction } = inbound
  // It is no app's any more: none answers it, is waited for, or keeps a dialog of it.
  settle(stack, inbound, takenOver)
  const refusal = refusalOf(stack, transaction, command)
  if (refusal) {
    refuse(stack, transaction, refusal)
    return decline(refusal.why)
  }
  const report = new Report(stack, client, { command, transaction })
  const forwarding = forwardingOf(stack, transaction, { command, added: message?.headers ?? [] })
  new ResponseContext(stack, { ...forwarding, events: report }).start()
}

function refusalOf(
  stack: Stack,
  transaction: ServerTransaction,
  command: ProxyCommand,
): Refusal | undefined {
  const { message } = transaction.arrival
  if (hopsLeft(message) < 1) return tooManyHops
  if (breadthLeft(message) < 1) return tooBroad
  if (isLoop(message, stack.transport.listeners)) return loopDetected
  if (stack.proxies.size >= stack.limits.pendingRequestsMax) return full
  const stays = command.recordRoute && opening.has(message.method)
  return stays && !stack.proxied.hasRoom(stack.clock.monotonic()) ? full : undefined
}

interface Order {
  readonly command: ProxyCommand
  readonly added: readonly Header[]
}

function forwardingOf(
  stack: Stack,
  transaction: ServerTransaction,
  { command, added }: Order,
): Omit<Forwarding, 'events'> {
  const { message, listener } = transaction.arrival
  const asked = command.targets.map(withScheme)
  return {
    transaction,
    targets: stack.challenged.sorted(asked, message, stack.clock.monotonic()),
    simultaneous: command.simultaneous,
    followRedirects: command.followRedirects,
    times: command,
    loopMark: loopMark(message),
    breadth: breadthLeft(message),
    prepare: ({ uri, breadth }, done) => {
      locate(stack, uri, (found) => {
        if ('failure' in found) return done(undefined)
        // PROTOCOL 12: a request that names somebody else keeps its URI, and only goes there.
        const isOurs = isOwnUri(stack.transport.listeners, message.uri)
        const path = command.recordRoute ? { from: listener, to: found.listener } : undefined
        const copy = { uri: isOurs ? uri : message.uri, breadth, path, added }
        // RFC 5658 4: what leaves by another socket names that one beside the one it came by.
        const leavingBy = (to: Listener) =>
          forwardedRequest(message, { ...copy, path: { from: listener, to } })
        const way = path ? { ...throughOneSocket(found), leavingBy } : found
        done({ request: forwardedRequest(message, copy), way })
      })
    },
  }
}

/** The places that the socket named in Record-Route reaches: the copy is the same for each. */
function throughOneSocket({ to, listener, others, isPinned }: Found): Places {
  return { to, others: others.filter((way) => way.listener === listener), isPinned }
}

function withScheme(target: string): string {
  return /^sips?:/i.test(target) ? target : `sip:${target}`
}

/** Tells the app what becomes of a request that it had proxied, and follows the dialogs of it. */
class Report implements ContextEvents {
  readonly #stack: Stack
  readonly #client: Client
  readonly #command: ProxyCommand
  readonly #transaction: ServerTransaction
  readonly #opened: ProxiedDialog[] = []
  #isSent = false
  #isDone = false

  constructor(
    stack: Stack,
    client: Client,
    what: { readonly command: ProxyCommand; readonly transaction: ServerTransaction },
  ) {
    this.#stack = stack
    this.#client = client
    this.#command = what.command
    this.#transaction = what.transaction
  }

  onSent(request: Request): void {
    this.#isSent = true
    if (request.method === 'INVITE') this.#stack.records.attempt('application', request)
    if (!this.#command.fullResponse) this.#done()
  }

  onPassed(arrival: Arrival<Response>): void {
    const { message, ...where } = this.#transaction.arrival
    if (!this.#command.recordRoute || !opening.has(message.method)) return
    if (this.#opened.length >= dialogsMax) return
    const dialog = this.#stack.proxied.open(arrival.message, this.#stack.clock.monotonic())
    if (!dialog) return
    if (!this.#opened.includes(dialog)) this.#opened.push(dialog)
    learnPlaces(dialog, message, sourceOf({ message, ...where }))
    learnPlaces(dialog, arrival.message, sourceOf(arrival))
  }

  onFinal(arrival: Arrival<Response>, uri: string): void {
    const { challenged, clock, frames } = this.#stack
    const { status } = arrival.message
    if (status === 401 || status === 407) {
      challenged.remember(arrival.message, uri, clock.monotonic())
    }
    this.#recordTarget(arrival.message)
    if (!this.#command.fullResponse || !this.#client.alive) return
    const { source, size } = arrival
    const facts = { source: 'network', size, ...source, transactionId: '', dialogId: '' } as const
    const head = frames.targetAnswered(this.#command.frameId, facts)
    this.#client.send(head, serialize(arrival.message))
  }

  onDone(last: Response | undefined) {
    const isAccepted = last !== undefined && last.status < 300
    if (!isAccepted) for (const dialog of this.#opened) this.#stack.proxied.close(dialog)
    if (this.#isSent) this.#done()
    if (last) this.#recordEnd(last)
    if (this.#isSent) return
    const { frameId } = this.#command
    this.#client.send(this.#stack.frames.reply(frameId, 'NOK', noTarget))
  }

  #recordTarget(answer: Response): void {
    const { records } = this.#stack
    if (!this.#isInvite) return
    if (answer.status < 300) records.start('network', answer, 'proxy-uac')
    else records.stop('network', answer, stopReasonOf(answer))
  }

  #recordEnd(last: Response): void {
    const { records } = this.#stack
    if (!this.#isInvite) return
    const reason = stopReasonOf(last)
    if (last.status < 300) records.start('application', last, 'proxy-uas')
    else if (reason === 'call-rejected') records.stop('application', last, reason)
    else records.stop('network', this.#transaction.arrival.message, reason)
  }

  get #isInvite(): boolean {
    return this.#transaction.arrival.message.method === 'INVITE'
  }

  #done(): void {
    if (this.#isDone) return
    this.#isDone = true
    this.#client.send(this.#stack.frames.reply(this.#command.frameId, 'OK', 'done'))
  }
}

function stopReasonOf({ status }: Response): 'call-canceled' | 'call-rejected' {
  return status === terminated.code ? 'call-canceled' : 'call-rejected'
}
