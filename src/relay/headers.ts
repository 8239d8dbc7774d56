import { hideSecrets } from '../kernel/secret.ts'
import { isOneLine } from '../sip/header-value.ts'
import type { Payload } from '../sip/messages.ts'
import { methodsTaken } from '../sip/methods.ts'
import type { RawMessage } from '../sip/raw-message.ts'
import { maxForwards } from '../sip/raw-reader.ts'
import { sessionOf } from '../sip/session-body.ts'
import { passesWhole } from '../sip/whole-body.ts'

/** What describes a body. */
const content = {
  'content-type': 'Content-Type',
  'content-disposition': 'Content-Disposition',
  'content-encoding': 'Content-Encoding',
  'content-language': 'Content-Language',
  'mime-version': 'MIME-Version',
} as const

/** What two endpoints agree on with each other, through us. */
const session = {
  ...content,
  accept: 'Accept',
  'accept-encoding': 'Accept-Encoding',
  'accept-language': 'Accept-Language',
  allow: 'Allow',
  supported: 'Supported',
  'min-se': 'Min-SE',
} as const

/** What asks for an extension; whether we do is for us to say in each answer. */
const demands = { require: 'Require', 'session-expires': 'Session-Expires' } as const

/** RFC 7332 4, RFC 5393 5.3: without it a loop through us forks without bound. */
const breadth = { 'max-breadth': 'Max-Breadth' } as const

/** RFC 3261 21.4.15: which extension a 420 is about. */
const refused = { unsupported: 'Unsupported' } as const

const answers = {
  ...session,
  reason: 'Reason',
  event: 'Event',
  'allow-events': 'Allow-Events',
  'subscription-state': 'Subscription-State',
  expires: 'Expires',
  'info-package': 'Info-Package',
  'recv-info': 'Recv-Info',
  'refer-to': 'Refer-To',
  'refer-sub': 'Refer-Sub',
  'referred-by': 'Referred-By',
} as const

type AllowList = Readonly<Record<string, string>>

/**
 * The header fields that pass, by where they stand. Everything else is dropped: the key above all,
 * X- headers, what names the network behind us, and what a carrier would believe because we said it.
 */
const allowLists = {
  invite: { ...session, ...demands, ...breadth },
  inviteResponse: { ...session, ...refused, reason: 'Reason' },
  inDialog: { ...answers, ...demands, ...breadth },
  inDialogResponse: { ...answers, ...refused },
  bye: { reason: 'Reason' },
  ack: content,
} as const satisfies Record<string, AllowList>

export type Passage = keyof typeof allowLists

/** Headers whose repeated fields are one list. RFC 3261 7.3.1. */
const lists: ReadonlySet<string> = new Set([
  ...['accept', 'accept-encoding', 'accept-language', 'allow', 'supported', 'require', 'reason'],
  ...['content-encoding', 'content-language', 'allow-events', 'recv-info', 'unsupported'],
])

/** RFC 3261 21.4.16: an answer that wants an extension of whoever asked; elsewhere Require is one side's own. */
const wantsExtension = /^SIP\/2\.0 421 /

/**
 * Option tags that two endpoints can keep through us: `100rel` in the INVITE that opens the call, whose
 * PRACKs pass; a later INVITE rings for nobody.
 */
const relayedTags = {
  invite: new Set(['timer', '100rel']),
  later: new Set(['timer']),
} as const satisfies Record<string, ReadonlySet<string>>

/** What of a message goes on, body included. */
export function passing(
  message: RawMessage,
  passage: Passage,
): { readonly headers: Record<string, string>; readonly body: string } {
  const headers = passingHeaders(message, passage)
  if (!isOfSession(message, passage) || passesWhole(message)) return { headers, body: message.body }
  const session = sessionOf(message)
  if (session && !session.isPart) return { headers, body: session.text }
  for (const title of Object.values(content)) delete headers[title]
  if (session?.type !== undefined) headers[content['content-type']] = session.type
  return { headers, body: session?.text ?? '' }
}

/**
 * Whether a message sets up or changes the session. What a body of it might say beside that, such as
 * ISUP (RFC 3372), would be a second word on who calls whom; see docs/decisions/0175.
 */
function isOfSession(message: RawMessage, passage: Passage): boolean {
  if (passage !== 'inDialog' && passage !== 'inDialogResponse') return true
  const method = /\w+$/.exec(message.first('cseq') ?? '')?.[0]
  return method === undefined || sessionMethods.has(method)
}

const sessionMethods: ReadonlySet<string> = new Set(['INVITE', 'ACK', 'PRACK', 'UPDATE'])

/** What of a request inside a call goes on to the other side, one hop further. */
export function nextHop(message: RawMessage): Payload {
  const { headers, body } = passing(message, 'inDialog')
  return { headers: { ...headers, 'Max-Forwards': String(hopsLeft(message)) }, body }
}

/** The header fields of a message that go on. */
export function passingHeaders(message: RawMessage, passage: Passage): Record<string, string> {
  const list: AllowList = allowLists[passage]
  const allowed = wantsExtension.test(message.startLine) ? { ...list, require: 'Require' } : list
  const headers: Record<string, string> = {}
  for (const { name, value } of message.fields) {
    const title = Object.hasOwn(allowed, name) ? allowed[name] : undefined
    // A key may stand where no key belongs, such as in a URI's header part.
    if (title === undefined || !isOneLine(value) || hideSecrets(value) !== value) continue
    const before = headers[title]
    if (before === undefined) headers[title] = value
    else if (lists.has(name)) headers[title] = `${before}, ${value}`
  }
  const tags = tagsOf(passage)
  narrow(headers, 'Supported', (tag) => tags.has(tag.toLowerCase()))
  // What is refused, or wanted, may be what came in the INVITE.
  const asked = message.startLine.startsWith('SIP/') ? relayedTags.invite : tags
  narrow(headers, 'Require', (tag) => asked.has(tag.toLowerCase()))
  narrow(headers, 'Unsupported', (tag) => asked.has(tag.toLowerCase()))
  narrow(headers, 'Allow', (method) => methodsTaken.has(method))
  return headers
}

/** RFC 3261 8.2.2.3: the option tags that a request demands and that cannot pass. */
export function unsupportedTags(message: RawMessage, passage: Passage): readonly string[] {
  const relayed = tagsOf(passage)
  return message
    .all('require')
    .flatMap(tokens)
    .filter((tag) => !relayed.has(tag.toLowerCase()) && isOneLine(tag))
}

function tagsOf(passage: Passage): ReadonlySet<string> {
  return passage === 'invite' ? relayedTags.invite : relayedTags.later
}

/** RFC 7332: what Max-Forwards a request has when it leaves us; negative when it must not. */
export function hopsLeft(message: RawMessage): number {
  return (maxForwards(message) ?? maxForwardsDefault + 1) - 1
}

/** RFC 3261 8.1.1.6. */
const maxForwardsDefault = 70

function narrow(
  headers: Record<string, string>,
  title: string,
  passes: (token: string) => boolean,
): void {
  const value = headers[title]
  if (value === undefined) return
  const left = tokens(value).filter(passes)
  if (left.length > 0) headers[title] = left.join(', ')
  else delete headers[title]
}

/** RFC 3323 4.1.1.3: the From of who is not to be known. */
export const anonymousFrom = '"Anonymous" <sip:anonymous@anonymous.invalid>'

/** The entries of a list of tokens. */
export function tokens(list: string): string[] {
  return list
    .split(',')
    .map((token) => token.trim())
    .filter((token) => token !== '')
}
