import type { CallAttempt, CallId } from '../domain/attempt.ts'
import type { KeyId } from '../domain/key.ts'
import type { Question } from './explain.ts'

/** What is asked: numbers or URIs, as somebody writes them. */
export interface Asked {
  readonly keyId: string
  readonly from: string
  readonly to: string
  readonly callClass?: string | undefined
  /** Where the call would come from; undefined: from an address that the key works from. */
  readonly source?: string | undefined
  /** Identity header fields that come with it. */
  readonly identities?: readonly string[] | undefined
}

/** A call as a carrier would bring it. */
export interface AskedInbound extends Omit<Asked, 'keyId' | 'callClass'> {
  readonly carrierId: string
}

/** The question about a call that nobody has placed. */
export function questionOf({ keyId, ...asked }: Asked, nowMs: number): Question {
  const { source } = asked
  return {
    keyId: keyId as KeyId,
    hasSource: source !== undefined,
    attempt: attemptOf(asked, nowMs),
  }
}

/** A call that nobody has placed, as it would come. */
export function attemptOf(asked: Omit<Asked, 'keyId'>, nowMs: number): CallAttempt {
  const { from, to, callClass, source, identities = [] } = asked
  const requestUri = uriOf(to)
  return {
    id: 'explained' as CallId,
    receivedAtMs: nowMs,
    source: { address: source ?? '', port: 0, protocol: 'udp' },
    sipCallId: 'explained',
    requestUri,
    from: `<${uriOf(from)}>`,
    to: `<${requestUri}>`,
    assertedIdentities: [],
    preferredIdentities: [],
    privacy: [],
    identities,
    date: undefined,
    diversions: [],
    histories: [],
    presentedKeys: [],
    authorizations: [],
    callClasses: callClass === undefined ? [] : [callClass],
    maxForwards: undefined,
    userAgent: undefined,
  }
}

/** RFC 3261 19.1.1: what is no URI is the user part of one. */
function uriOf(text: string): string {
  return /^(?:sips?|tel):/i.test(text) ? text : `sip:${text}@gate.invalid`
}
