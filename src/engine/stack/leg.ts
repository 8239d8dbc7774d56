import type { Dialog } from '../dialog/dialog.ts'
import { Repetition } from '../dialog/repetition.ts'
import { type Located, type LocateFailure, locate } from '../locate/locate.ts'
import type { AppRequest, Client } from '../protocol/types.ts'
import type { Destination, Listener } from '../transport/types.ts'
import { buildInDialog } from './build-request.ts'
import { endSession } from './session.ts'
import type { Leg, Stack } from './stack.ts'

/** A new leg, early and with nothing under way. */
export function newLeg(
  dialog: Dialog,
  use: { readonly kind: Leg['kind']; readonly owner: Client; readonly contact: string },
): Leg {
  return {
    dialog,
    kind: use.kind,
    owner: use.owner,
    contact: use.contact,
    state: 'early',
    awaitedAck: undefined,
    owedAck: undefined,
    inboundInvite: undefined,
    inboundUpdate: undefined,
    outboundInvite: undefined,
    outboundUpdate: undefined,
    openOffer: undefined,
    reliable: undefined,
    heard: undefined,
    expiring: undefined,
    session: undefined,
    local: undefined,
    cancelled: false,
    afterAck: undefined,
  }
}

/** Forgets a leg: the peer and the app find it no more, and what still comes of it is only ended. */
export function dropLeg(stack: Stack, leg: Leg): void {
  leg.state = 'ending'
  leg.awaitedAck?.repetition.stop()
  leg.awaitedAck = undefined
  // A re-INVITE of ours would ring on in a dialog that is over.
  leg.outboundInvite?.withdraw()
  leg.reliable?.finish()
  leg.reliable = undefined
  leg.expiring?.cancel()
  endSession(leg)
  stack.legs.remove(leg)
}

/** A 2xx to an INVITE that has just been sent. */
export interface SentAccept {
  readonly sequence: number
  readonly transactionId: string
  readonly bytes: Buffer
  readonly to: Destination
}

/** Repeats a 2xx until its ACK comes; `giveUp` when none does (RFC 3261 13.3.1.4). */
export function awaitAck(stack: Stack, leg: Leg, sent: SentAccept, giveUp: () => void): void {
  leg.awaitedAck?.repetition.stop()
  const { t1Ms, t2Ms } = stack.times
  const repetition = new Repetition(
    stack.clock,
    { t1Ms, longestMs: t2Ms },
    {
      repeat: () => stack.layer.repeat(sent.bytes, sent.to),
      giveUp,
    },
  )
  leg.awaitedAck = {
    sequence: sent.sequence,
    transactionId: sent.transactionId,
    repetition,
  }
}

/** A request in a dialog that is ready to go, or why it can't. */
export type Prepared =
  | { readonly kind: 'ready'; readonly request: ReadyRequest; readonly way: Found }
  | { readonly kind: 'lost'; readonly request: ReadyRequest }
  /** `isCutOff`: nothing leads to the peer, and nothing ever will. */
  | { readonly kind: 'refused'; readonly why: string; readonly isCutOff?: true }

/** A way that was found. */
export type Found = Exclude<Located, { readonly failure: LocateFailure }>

type ReadyRequest = NonNullable<ReturnType<typeof buildInDialog>['request']>

/**
 * Finds the way for a request in a dialog and builds it (RFC 3261 12.2.1.1). `done` is called in the
 * same turn unless a name has to be looked up; `lost` is a request whose name has no address.
 */
export function prepare(
  stack: Stack,
  leg: Leg,
  what: { readonly message: AppRequest; readonly sequence?: number },
  done: (prepared: Prepared) => void,
) {
  const { dialog } = leg
  const plan = dialog.plan()
  findWay(stack, leg, plan.nextHop, (found) => {
    const lost = 'failure' in found
    if (lost && found.failure !== 'no address') {
      return done({ kind: 'refused', why: failureText(found.failure), isCutOff: true })
    }
    const built = buildInDialog(what.message, {
      leg,
      listener: lost ? dialog.listener : found.listener,
      requestUri: plan.requestUri,
      routes: plan.routes,
      sequence: what.sequence ?? dialog.nextSequence(),
    })
    if (!built.request) return done({ kind: 'refused', why: built.refusal })
    if (lost) done({ kind: 'lost', request: built.request })
    else done({ kind: 'ready', request: built.request, way: found })
  })
}

/** What the app is told when a request can go nowhere (PROTOCOL 4.1). */
export function failureText(failure: LocateFailure): string {
  switch (failure) {
    case 'myself':
      return 'can not send request to myself'
    case 'no transport':
      return 'requested protocol/transport not available'
    default:
      return 'invalid request-uri'
  }
}

function findWay(stack: Stack, leg: Leg, uri: string, done: (found: Located) => void) {
  const { override } = leg.dialog
  const connection = override?.connection
  // RFC 3261 12.2.1.1: with its connection gone the peer is where its Contact says.
  const isGone = connection !== undefined && !stack.transport.isConnected(connection)
  // RFC 5922 7: a server that has proved its name is found again by its name, though its Contact has
  // an address, which its certificate need not name.
  const isNamed = override?.serverName !== undefined
  if (!override || (isGone && !isNamed)) return locate(stack, uri, done)
  const listener: Listener = stack.transport.listenerFor(override) ?? leg.dialog.listener
  // What leads back through a NAT leads nowhere else.
  done({ to: override, listener, others: [], isPinned: true })
}
