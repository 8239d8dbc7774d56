import type { Clock, Timer } from '../../kernel/clock.ts'
import type { Random } from '../../kernel/random.ts'
import type { Dialog } from '../dialog/dialog.ts'
import type { Repetition } from '../dialog/repetition.ts'
import type { DialogTable } from '../dialog/table.ts'
import type { Dispatcher } from '../dispatch/dispatcher.ts'
import type { Resolver } from '../locate/resolve.ts'
import type { Unreachable } from '../locate/unreachable.ts'
import type { Header, Request, Response } from '../message/message.ts'
import type { FrameText } from '../protocol/frame-text.ts'
import type { Client } from '../protocol/types.ts'
import type { Challenged } from '../proxy/challenged.ts'
import type { ProxiedDialogs } from '../proxy/proxied-dialogs.ts'
import type { KeptBytes } from '../transaction/kept-bytes.ts'
import type {
  ClientTransaction,
  ServerTransaction,
  TransactionLayer,
} from '../transaction/types.ts'
import type { Arrival, Destination, Transport } from '../transport/types.ts'
import type { CallRecords } from './call-records.ts'
import type { Registered } from './registered.ts'
import type { HeardReliable, ReliableResponses } from './reliable.ts'
import type { Roster } from './roster.ts'
import type { LocalSession, Session, SessionEnds } from './session.ts'

/** How long the core waits, milliseconds. */
export interface StackTimes {
  /** RFC 3261 17.1.1.1. */
  readonly t1Ms: number
  readonly t2Ms: number
  /** An app must say something about an INVITE within this. */
  readonly inviteAnswerMs: number
  /** ...and after it has rung, say something more within this; so must a callee. */
  readonly ringingMs: number
  /** An app must answer any other request within this: before its sender gives up (RFC 4320). */
  readonly answerMs: number
}

/** How much the core holds at once. */
export interface StackLimits {
  readonly pendingRequestsMax: number
  readonly dialogsMax: number
}

/** A 2xx of ours to an INVITE that the peer has not ACKed yet. */
export interface AwaitedAck {
  readonly sequence: number
  /** The transaction id under which the app gets the ACK. */
  readonly transactionId: string
  readonly repetition: Repetition
}

/** A 2xx of the peer's to our INVITE: the app owes an ACK, and repetitions get the same again. */
export interface OwedAck {
  readonly sequence: number
  /** RFC 3261 13.2.2.4: the ACK carries the credentials of the INVITE. */
  readonly credentials: readonly Header[]
  sent: SentAck | undefined
}

/** An ACK as it left. */
export interface SentAck {
  readonly kept: KeptBytes
  readonly to: Destination
  /** When it left, monotonic; undefined when a request has followed it. */
  freshAtMs: number | undefined
}

/** A dialog with its owner and with what is under way in it. */
export interface Leg {
  readonly dialog: Dialog
  readonly kind: 'INVITE' | 'SUBSCRIBE'
  readonly owner: Client
  /** The Contact value we give in this dialog. */
  readonly contact: string
  /** `ending`: a BYE of ours is on its way, and nothing else is served any more. */
  state: 'early' | 'confirmed' | 'ending'
  awaitedAck: AwaitedAck | undefined
  owedAck: OwedAck | undefined
  /** The peer's INVITE and UPDATE that the app has not finally answered. */
  inboundInvite: InboundRequest | undefined
  inboundUpdate: InboundRequest | undefined
  /** Our own INVITE and UPDATE without final response, with a way to cancel the INVITE. */
  outboundInvite: { withdraw(): void } | undefined
  outboundUpdate: 'bare' | 'offer' | undefined
  /** Whose session description of the last INVITE has no answer yet: RFC 3261 13.2.1. */
  openOffer: 'ours' | 'theirs' | undefined
  /** What we have sent reliably of our provisional responses, and what the peer has of its own. */
  reliable: ReliableResponses | undefined
  heard: HeardReliable | undefined
  /** When a subscription ends by itself. */
  expiring: Timer | undefined
  /** Its session timer, where it has one, and what we last said of our media. */
  session: Session | undefined
  local: LocalSession | undefined
  /** The app has cancelled the INVITE that was answered all the same: BYE follows its ACK. */
  cancelled: boolean
  /** What ends the dialog as soon as the ACK has come or is given up. */
  afterAck: (() => void) | undefined
}

/** A request from the network that an app has still to answer. */
export interface InboundRequest {
  readonly transaction: ServerTransaction
  readonly method: string
  /** Who answers it: nobody that exists before a dispatcher has decided. */
  owner: Client
  /** The id of the dialog that it opens when it is accepted; '' for all other requests. */
  readonly opens: string
  /** The dialog it came in, or the one that it has opened. */
  leg: Leg | undefined
  /** Our tag for its responses; the app may choose it with its first one. */
  localTag: string
  /** Whether the app has said anything yet. */
  touched: boolean
  /** An INVITE's provisional responses that are sent reliably, once there is one. */
  reliable: ReliableResponses | undefined
  /** When the app's time is up, on the monotonic clock. */
  dueMs: number
}

/** A request of an app's that its client transaction works on. */
export interface OutboundRequest {
  readonly owner: Client
  /** The app asks for CANCEL. Undefined when there is nothing that it could cancel. */
  cancel(extraHeaders: readonly Header[]): CancelSent | undefined
  /** The app is gone: whatever comes of the request must come to an end. */
  orphan(): void
}

/** A CANCEL of ours, as sent or as it will be: RFC 3261 9.1 may have it wait for a provisional. */
export interface CancelSent {
  readonly transaction: ClientTransaction
  readonly held: boolean
}

/** An initial INVITE of ours as long as a 2xx to it may still come. */
export interface OpenInvite {
  /** A 2xx that no transaction takes: its sender believes in a call that is none. */
  acceptLate(arrival: Arrival<Response>): void
}

/** A SUBSCRIBE of ours as long as a NOTIFY may open its dialog. */
export interface OpenSubscribe {
  notified(notify: Arrival<Request>): Leg | undefined
  close(): void
}

/** A request that was forwarded and has no final response yet. */
export interface ProxiedRequest {
  /** Its sender has cancelled it. */
  cancel(): void
}

/** What the parts of the core share. */
export interface Stack {
  readonly clock: Clock
  readonly random: Random
  readonly transport: Transport
  readonly layer: TransactionLayer
  readonly resolver: Resolver
  /** Where requests have come to nothing of late. */
  readonly unreachable: Unreachable
  readonly frames: FrameText
  readonly times: StackTimes
  readonly limits: StackLimits
  readonly roster: Roster
  readonly records: CallRecords
  /** Decides about new requests before any app is asked, where one is set. */
  readonly dispatcher?: Dispatcher | undefined
  readonly legs: DialogTable<Leg>
  /** How many requests apps have got and not said anything about. */
  readonly load: { unheard: number }
  /** By transaction id. */
  readonly inbound: Map<string, InboundRequest>
  readonly outbound: Map<string, OutboundRequest>
  /** By dialog id. */
  readonly invites: Map<string, OpenInvite>
  readonly subscribes: Map<string, OpenSubscribe>
  /** Who can be called over the connection that it registered on. */
  readonly registered: Registered
  /** What is done when a session's time is over. */
  readonly sessionEnds: SessionEnds
  /** Requests that are being forwarded, by the id of their server transaction (PROTOCOL 12). */
  readonly proxies: Map<string, ProxiedRequest>
  readonly proxied: ProxiedDialogs
  readonly challenged: Challenged
  /** Initial INVITEs that are not finally answered, by the id that their dialog has. */
  readonly opening: Map<string, InboundRequest>
  /** Tells of a fault of our own that cost one message. */
  readonly report: (cause: unknown) => void
}
