import type { Request, Response } from '../message/message.ts'
import type { Arrival, Destination } from '../transport/types.ts'

/**
 * A request of ours to answer, RFC 3261 17.2. `id` is what drachtio's protocol calls the
 * transaction id.
 */
export interface ServerTransaction {
  readonly id: string
  readonly arrival: Arrival<Request>
  /** The To tag for its responses, unless its user chooses another: RFC 3261 8.2.6.2. */
  readonly tag: string
  /** The last response given here, if any; the layer's own 100 is not counted. */
  readonly lastResponse: Response | undefined
  /**
   * True once a final response was given, or the request given up: a further response is dropped.
   * The layer then holds nothing of the request; whoever still holds this keeps it in memory.
   */
  readonly finished: boolean
  /** Sends a response; retransmits it where the transport may lose it. Returns its bytes. */
  respond(response: Response): Buffer
  /** Ends it without a final response and holds nothing more of it: its sender is not to be heard. */
  drop(): void
  /**
   * Called once when the transaction is gone and will match nothing more. Over TCP that may be from
   * within `respond`.
   */
  onTerminated: (() => void) | undefined
  /** INVITE only: a non-2xx final response was never ACKed (timer H, RFC 3261 17.2.1). */
  onAckMissing: (() => void) | undefined
}

/** How a client transaction tells its user what became of the request. */
export interface ClientEvents {
  /** The end of the branch of a request that is forwarded: RFC 5393 4.2.1. */
  readonly loopMark?: string
  /** Every provisional above 100 and the final one; 100 as well. INVITE: each 2xx, RFC 6026. */
  onResponse(response: Response, arrival: Arrival<Response>): void
  /** Timer B or F: nothing final came (RFC 3261 17.1.1.2, 17.1.2.2). */
  onTimeout(): void
  /** The transport could not deliver the request. */
  onTransportError(cause: Error): void
}

/** A request of ours that waits for its answer, RFC 3261 17.1. ACK to non-2xx is sent inside. */
export interface ClientTransaction {
  readonly id: string
  readonly request: Request
  readonly destination: Destination
  /** The request's bytes as sent. */
  readonly bytes: Buffer
  /** True once any provisional response has come: from then on CANCEL may be sent (9.1). */
  readonly proceeding: boolean
  readonly finished: boolean
  /** Called once when the transaction is gone. */
  onTerminated: (() => void) | undefined
}

/** What the layer hands up: the transaction user of RFC 3261 17. */
export interface TransactionUser {
  /** A new request that opened a server transaction: never ACK, never CANCEL, never a repetition. */
  onRequest(transaction: ServerTransaction): void
  /**
   * A CANCEL for an INVITE that has no final response yet. The layer has answered the CANCEL with
   * 200; the user answers the INVITE with 487.
   */
  onCancel(invite: ServerTransaction, cancel: Arrival<Request>): void
  /** An ACK that no transaction absorbs: to a 2xx, or stray. */
  onAck(ack: Arrival<Request>): void
  /** A response that matches no client transaction: a late or forked 2xx, or nothing of ours. */
  onStrayResponse(arrival: Arrival<Response>): void
}

/** RFC 3261 17: matching, retransmission and timers. It decides nothing. */
export interface TransactionLayer {
  /** Takes one message off the wire. */
  receive(arrival: Arrival): void
  /**
   * Starts a client transaction. The layer writes the top Via (own host, new branch) and returns
   * the transaction with the request as sent. Not for ACK.
   */
  send(request: Request, to: Destination, events: ClientEvents): ClientTransaction
  /** Sends an ACK to a 2xx (its own Via branch, no transaction, 13.2.2.4). Returns it as sent. */
  sendAck(ack: Request, to: Destination): { readonly request: Request; readonly bytes: Buffer }
  /** Sends the same bytes again outside any transaction: an ACK or a 2xx repeated by its user. */
  repeat(bytes: Buffer, to: Destination): void
  /** Builds and sends the CANCEL of an INVITE of ours (9.1): same branch, own transaction. */
  cancel(invite: ClientTransaction, extraHeaders: Request['headers']): ClientTransaction
  /**
   * Gives up a request of ours that nobody has answered, because it is sent elsewhere: it is not
   * repeated, a provisional response is answered by CANCEL, a 2xx to INVITE is still told.
   */
  abandon(transaction: ClientTransaction): void
  /** Where responses of this transaction go (18.2.2): for 2xx retransmission by the user. */
  responseDestination(transaction: ServerTransaction): Destination
  /** How many transactions live, for limits and tests. */
  readonly size: number
  close(): void
}
