import { type Answer, plainAnswer } from './messages.ts'

/** RFC 3261 20.5: the methods we take, for Allow. */
const allowedMethods = [
  'INVITE',
  'ACK',
  'CANCEL',
  'BYE',
  'PRACK',
  'OPTIONS',
  'INFO',
  'UPDATE',
  'MESSAGE',
  'NOTIFY',
  'SUBSCRIBE',
  'REFER',
] as const

export const allow = allowedMethods.join(', ')

/**
 * The same, to look one up as it was written. RFC 3261 7.1: methods are told apart by case, of which
 * drachtio-srf takes no notice when it sends one.
 */
export const methodsTaken: ReadonlySet<string> = new Set<string>(allowedMethods)

/** What a request of a method that means nothing where it comes is answered. */
const answers: Readonly<Record<string, readonly [number, string]>> = {
  BYE: [481, 'Call/Transaction Does Not Exist'],
  INFO: [481, 'Call/Transaction Does Not Exist'],
  NOTIFY: [481, 'Call/Transaction Does Not Exist'],
  PRACK: [481, 'Call/Transaction Does Not Exist'],
  UPDATE: [481, 'Call/Transaction Does Not Exist'],
  MESSAGE: [405, 'Method Not Allowed'],
  PUBLISH: [405, 'Method Not Allowed'],
  REFER: [405, 'Method Not Allowed'],
  REGISTER: [405, 'Method Not Allowed'],
  SUBSCRIBE: [405, 'Method Not Allowed'],
}

/**
 * The answer to a method that means nothing to us outside a dialog, or anywhere. RFC 3261 8.2.1: with
 * what is allowed, where it is known and not; 21.5.2: 501 where it is unknown.
 */
export function methodRefusal(method: string): Answer {
  const [status, phrase] = answers[method] ?? [501, 'Not Implemented']
  return plainAnswer(status, phrase, status === 405 ? { Allow: allow } : {})
}

/** The methods that an engine offers outside dialogs. */
export const requestVerbs = [
  'invite',
  'options',
  'info',
  'message',
  'notify',
  'publish',
  'register',
  'subscribe',
] as const

/**
 * What we ask the engine for: those methods, `trying`, by which the embedded engine is asked to tell
 * of a 100 to our INVITE, and `terse`, by which it is asked to keep to itself that a final response
 * of ours has left, since we wait for that of a 2xx to INVITE alone: each frame wakes this thread.
 * drachtio-server takes any word and knows no such methods.
 */
export const verbs = [...requestVerbs, 'trying', 'terse'] as const
