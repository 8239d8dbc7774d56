import type { Request } from '../message/message.ts'
import { serialize } from '../message/serialize.ts'
import type { Client } from '../protocol/types.ts'
import { Attempts } from './attempts.ts'
import type { ClientRequest } from './client-request.ts'
import { deliverOutcome, replySent } from './deliver.ts'
import type { Found } from './leg.ts'
import type { Stack } from './stack.ts'

/** A request that is ready, and who takes its answers. */
export interface Start {
  readonly frameId: string
  readonly request: Request
  readonly way: Found
  readonly user: ClientRequest
}

/** Starts the client transaction and replies, in this order and before any answer can come. */
export function start(stack: Stack, client: Client, ready: Start): void {
  const { request, way, user } = ready
  const transaction = new Attempts(stack, { request, way, user }).start()
  user.begin(transaction)
  record(stack, user, transaction.request)
  const { id: transactionId, destination, bytes } = transaction
  const { frameId } = ready
  replySent(stack, client, { frameId, transactionId, destination, bytes, size: bytes.length })
}

/** PROTOCOL 14: an INVITE that opens a call begins its record, a BYE ends it. */
function record({ records }: Stack, user: ClientRequest, sent: Request): void {
  if (sent.method === 'INVITE' && user.opens) records.attempt('application', sent)
  if (sent.method === 'BYE') records.stop('application', sent, 'normal-release')
}

/** A request that never left, and the response that stands for it. */
export interface Lost {
  readonly frameId: string
  readonly request: Request
  readonly dialogId: string
  readonly status: number
  readonly reason: string
}

/** Replies as the real server does to a request that never left: OK, then the response. */
export function replyLost(stack: Stack, client: Client, lost: Lost): void {
  const { request, status, reason } = lost
  const transactionId = stack.random.hex(12)
  const facts = {
    source: 'application',
    size: 0,
    protocol: 'unknown',
    address: '',
    port: 0,
    transactionId,
    dialogId: '',
  } as const
  client.send(stack.frames.requestSent(lost.frameId, facts), serialize(request))
  deliverOutcome(stack, client, {
    request,
    outcome: { status, reason, protocol: 'unknown' },
    ids: { transactionId, dialogId: lost.dialogId },
  })
}
