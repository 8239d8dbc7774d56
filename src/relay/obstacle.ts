import { type Answer, plainAnswer } from '../sip/messages.ts'
import type { RawMessage } from '../sip/raw-message.ts'
import { hopsLeft, unsupportedTags } from './headers.ts'

/** Why a request inside a call cannot pass to the other side, whatever it asks; undefined where it can. */
export function obstacleTo(message: RawMessage): Answer | undefined {
  const hops = hopsLeft(message)
  if (hops === -1) return plainAnswer(483, 'Too Many Hops')
  if (hops < 0) return plainAnswer(400, 'Bad Max-Forwards')
  // RFC 3262 3: what rings is acknowledged to us by whoever wants that, in a later INVITE too.
  const isInvite = message.startLine.startsWith('INVITE ')
  const unsupported = unsupportedTags(message, isInvite ? 'invite' : 'inDialog')
  if (unsupported.length === 0) return undefined
  return plainAnswer(420, 'Bad Extension', { Unsupported: unsupported.join(', ') })
}
