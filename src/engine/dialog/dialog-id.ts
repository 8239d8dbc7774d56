/**
 * Names a dialog to the app (PROTOCOL 6): the From tag is the caller's in a call that came to us,
 * and our own in one that we made.
 */
export function dialogIdOf(callId: string, fromTag: string): string {
  return `${callId};from-tag=${fromTag}`
}
