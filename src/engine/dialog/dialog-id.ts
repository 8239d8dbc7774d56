/**
 * Names a dialog to the app (PROTOCOL 6): the From tag is the caller's in a call that came to us,
 * and our own in one that we made.
 */
export function dialogIdOf(callId: string, fromTag: string): string {
  // Apps read frames as UTF-8, and have to find what we call it in them.
  return `${callId.toWellFormed()};from-tag=${fromTag}`
}
