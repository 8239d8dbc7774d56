/** RFC 3261 20.5: the methods we take, for Allow. */
export const allowedMethods = [
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

/** What an out-of-dialog request of a method other than INVITE and OPTIONS is answered. */
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

/** The status and phrase for a method that means nothing to us outside a dialog. */
export function outsideAnswer(method: string): readonly [number, string] {
  return answers[method] ?? [501, 'Not Implemented']
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
