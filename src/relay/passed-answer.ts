import { type Answer, nothing, type Reply } from '../sip/messages.ts'
import { passing } from './headers.ts'

/**
 * The final answer of one side to a request inside a call, as the other side hears it. RFC 3261
 * 16.7 step 6: a 503 speaks of who said it, and from us it would speak of us.
 */
export function passedAnswer({ status, phrase, message }: Reply): Answer {
  const content = message ? passing(message, 'inDialogResponse') : nothing
  if (status === 503) return { status: 500, phrase: 'Server Internal Error', ...content }
  return { status, phrase, ...content }
}
