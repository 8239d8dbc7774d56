import { decimal, type RawMessage } from '../sip/raw-message.ts'

/** How long an INVITE is good, by its Expires; undefined where that says nothing. RFC 3261 13.3.1. */
export function invitationMs(invite: RawMessage): number | undefined {
  const seconds = invite.count('expires') === 1 ? decimal(invite.first('expires')?.trim()) : -1
  return seconds > 0 ? seconds * 1000 : undefined
}
