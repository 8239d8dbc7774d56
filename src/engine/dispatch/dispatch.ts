import type { Client } from '../protocol/types.ts'
import { proxyRequest } from '../proxy/proxy-request.ts'
import { nobody } from '../stack/client-invite.ts'
import { deliverNew } from '../stack/deliver.ts'
import { finishInbound, openInbound } from '../stack/pending.ts'
import type { InboundRequest, Stack } from '../stack/stack.ts'
import type { ServerTransaction } from '../transaction/types.ts'
import type { Decision, ProxyDecision } from './decision.ts'
import type { Dispatcher } from './dispatcher.ts'

/** PROTOCOL 13: an answer that cannot be used, and an app that cannot be reached. */
const undecided = { code: 500, reason: 'Internal Server Error' }
const unreachable = { code: 480, reason: 'Temporarily Unavailable' }
const unserved = { code: 503, reason: 'Service Unavailable' }

/** Has the dispatcher decide about a new request, and does what it says (PROTOCOL 13). */
export function dispatch(
  stack: Stack,
  dispatcher: Dispatcher,
  fresh: { readonly transaction: ServerTransaction; readonly opens: string },
): void {
  const { transaction, opens } = fresh
  const inbound = openInbound(stack, transaction, { owner: nobody, opens, leg: undefined })
  if (inbound.method === 'INVITE') {
    stack.records.attempt('network', transaction.arrival.message)
  }
  dispatcher.decide(transaction.arrival, (decision) => {
    if (isWaiting(stack, inbound)) perform(stack, dispatcher, { inbound, decision })
  })
}

/** Whether a request still waits for a decision: its caller may have cancelled it. */
function isWaiting(stack: Stack, inbound: InboundRequest): boolean {
  return stack.inbound.get(inbound.transaction.id) === inbound
}

function perform(
  stack: Stack,
  dispatcher: Dispatcher,
  what: { readonly inbound: InboundRequest; readonly decision: Decision | undefined },
) {
  const { inbound, decision } = what
  switch (decision?.action) {
    case undefined:
      return finishInbound(stack, inbound, undecided)
    case 'respond': {
      const { status: code, reason } = decision
      const isUndue = code < 300 && inbound.method !== 'OPTIONS'
      return finishInbound(stack, inbound, isUndue ? undecided : { code, reason })
    }
    case 'redirect': {
      const headers = decision.contacts.map((value) => ({ name: 'Contact', value: named(value) }))
      return finishInbound(stack, inbound, { code: 302, reason: 'Moved' }, headers)
    }
    case 'proxy':
      return proxy(stack, inbound, decision)
    case 'tag': {
      const client = stack.roster.pick(inbound.method, decision.tag)
      return client ? handOver(stack, inbound, client) : finishInbound(stack, inbound, unserved)
    }
    case 'connect':
      dispatcher.connect(decision, (client) => {
        if (!isWaiting(stack, inbound)) return client?.end?.()
        if (client) handOver(stack, inbound, client)
        else finishInbound(stack, inbound, unreachable)
      })
  }
}

function named(contact: string): string {
  return contact.includes('<') ? contact : `<${contact}>`
}

function proxy(stack: Stack, inbound: InboundRequest, decision: ProxyDecision): void {
  const transactionId = inbound.transaction.id
  const command = { ...decision, frameId: '', transactionId, fullResponse: false }
  proxyRequest(stack, nobody, command, undefined)
}

/** From now on the request is this app's, as if it had come to it in its turn. */
function handOver(stack: Stack, waiting: InboundRequest, owner: Client): void {
  waiting.owner = owner
  deliverNew(stack, owner, waiting.transaction)
}
