import type { CallAttempt, CallId, Source } from '../domain/attempt.ts'
import { Secret } from '../kernel/secret.ts'
import { decimal, type RawMessage } from './raw-message.ts'

/** What of an attempt does not stand in the message: our id, our time, and the transport's word. */
export interface Arrival {
  readonly id: CallId
  readonly receivedAtMs: number
  readonly source: Source
  /** Name of the header that carries the key, lower case. */
  readonly keyHeader: string
}

/** Says what a call is for; like every X- header it ends at the gate. */
const callClassHeader = 'x-call-class'

/** RFC 3261 20.22: 0 to 255. */
const maxForwardsMax = 255

/** Reads an INVITE into the plain data that it is decided by. Never throws; absent headers are ''. */
export function readAttempt(message: RawMessage, arrival: Arrival): CallAttempt {
  const assertedIdentities: string[] = []
  const preferredIdentities: string[] = []
  const privacy: string[] = []
  const identities: string[] = []
  const diversions: string[] = []
  const histories: string[] = []
  const callClasses: string[] = []
  const presentedKeys: Secret[] = []
  const authorizations: Secret[] = []
  for (const { name, value } of message.fields) {
    if (name === arrival.keyHeader) presentedKeys.push(new Secret(value))
    else if (name === 'authorization') authorizations.push(new Secret(value))
    else if (name === 'p-asserted-identity') assertedIdentities.push(value)
    else if (name === 'p-preferred-identity') preferredIdentities.push(value)
    else if (name === 'privacy') privacy.push(value)
    else if (name === 'identity') identities.push(value)
    else if (name === 'diversion') diversions.push(value)
    else if (name === 'history-info') histories.push(value)
    else if (name === callClassHeader) callClasses.push(value)
  }
  return {
    id: arrival.id,
    receivedAtMs: arrival.receivedAtMs,
    source: arrival.source,
    sipCallId: message.first('call-id') ?? '',
    requestUri: requestUri(message.startLine),
    from: message.first('from') ?? '',
    to: message.first('to') ?? '',
    assertedIdentities,
    preferredIdentities,
    privacy,
    identities,
    date: message.first('date'),
    diversions,
    histories,
    presentedKeys,
    authorizations,
    callClasses,
    maxForwards: maxForwards(message),
    userAgent: message.first('user-agent'),
  }
}

function requestUri(startLine: string): string {
  const from = startLine.indexOf(' ') + 1
  const to = startLine.lastIndexOf(' ')
  return from > 0 && to > from ? startLine.slice(from, to).trim() : ''
}

/** Undefined when absent, -1 when unreadable; two of them are unreadable. */
export function maxForwards(message: RawMessage): number | undefined {
  const count = message.count('max-forwards')
  if (count === 0) return undefined
  const hops = count === 1 ? decimal(message.first('max-forwards')) : -1
  return hops > maxForwardsMax ? -1 : hops
}
