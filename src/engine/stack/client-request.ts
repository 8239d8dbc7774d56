import type { Header, Response } from '../message/message.ts'
import type { Client } from '../protocol/types.ts'
import type { ClientTransaction } from '../transaction/types.ts'
import type { Arrival } from '../transport/types.ts'
import type { AttemptUser } from './attempts.ts'
import { deliver, deliverOutcome } from './deliver.ts'
import type { CancelSent, OutboundRequest, Stack } from './stack.ts'

/** Headers of an app's CANCEL that the transaction layer writes by itself, RFC 3261 9.1. */
const cancelOwn = new Set([
  ...['Via', 'From', 'To', 'Call-ID', 'CSeq', 'Max-Forwards', 'Route', 'Record-Route', 'Contact'],
  ...['P-Asserted-Identity', 'Content-Length', 'Content-Type', 'RSeq'],
])

/** What all requests of apps have in common: who asked, and that its answers are handed over. */
export abstract class ClientRequest implements OutboundRequest, AttemptUser {
  readonly owner: Client
  protected readonly stack: Stack
  /** Named to the app with every answer; '' for what has no dialog. */
  protected readonly dialogId: string
  #id = ''
  #transaction: ClientTransaction | undefined
  #withdrawn = false

  constructor(stack: Stack, owner: Client, dialogId: string) {
    this.stack = stack
    this.owner = owner
    this.dialogId = dialogId
  }

  /** Takes the transaction that was started for this request. */
  begin(transaction: ClientTransaction): void {
    this.#id = transaction.id
    this.#transaction = transaction
    this.stack.outbound.set(transaction.id, this)
  }

  /** Whether its app has cancelled it. */
  get withdrawn(): boolean {
    return this.#withdrawn
  }

  /** The same request goes on at another place: for the app it is the same transaction. */
  moveTo(next: ClientTransaction): void {
    const before = this.#transaction
    if (!before) return
    next.onTerminated = before.onTerminated
    before.onTerminated = undefined
    this.#transaction = next
  }

  onResponse(response: Response, arrival: Arrival<Response>) {
    // PROTOCOL 7: every 1xx except 100 is delivered; that one to apps that ask for it (`trying`).
    if (response.status === 100) return this.trying(arrival)
    if (response.status < 200) this.provisional(arrival)
    else this.final(arrival)
  }

  onTimeout(): void {
    this.fail(408, 'Request Timeout')
  }

  onTransportError(_cause: Error): void {
    this.fail(503, 'Service Unavailable')
  }

  cancel(_extraHeaders: readonly Header[]): CancelSent | undefined {
    return undefined
  }

  orphan(): void {}

  get opens(): boolean {
    return true
  }

  acceptLate(_arrival: Arrival<Response>): void {}

  /** A 100: the real server keeps it to itself, and so do we unless the app registered `trying`. */
  protected trying(arrival: Arrival<Response>): void {
    if (this.stack.roster.has(this.owner, 'trying')) this.deliver(arrival)
  }

  /** A 1xx above 100. */
  protected provisional(arrival: Arrival<Response>): void {
    this.deliver(arrival)
  }

  protected abstract final(arrival: Arrival<Response>): void

  /** No answer can come any more: what the app has got in its place. */
  protected abstract failed(response: Response): void

  protected deliver(arrival: Arrival, dialogId = this.dialogId): void {
    deliver(this.stack, this.owner, arrival, { transactionId: this.#id, dialogId })
  }

  /** The final response has come: nothing can be cancelled, and the request need not be kept. */
  protected settle(): void {
    if (!this.#transaction) return
    this.#transaction = undefined
    this.stack.outbound.delete(this.#id)
  }

  /** Sends CANCEL, or has it wait for a provisional response (RFC 3261 9.1). */
  protected sendCancel(headers: readonly Header[]): CancelSent | undefined {
    const invite = this.#transaction
    if (!invite) return undefined
    const held = !invite.proceeding
    this.#withdrawn = true
    const extra = headers.filter((header) => !cancelOwn.has(header.name))
    return { transaction: this.stack.layer.cancel(invite, extra), held }
  }

  private fail(status: number, reason: string): void {
    const transaction = this.#transaction
    if (!transaction) return
    this.settle()
    const { protocol } = transaction.destination
    const response = deliverOutcome(this.stack, this.owner, {
      request: transaction.request,
      outcome: { status, reason, protocol },
      ids: { transactionId: this.#id, dialogId: this.dialogId },
    })
    this.failed(response)
  }
}
