import { firstHeader, listHeader } from './headers.ts'
import type { Request, Response } from './message.ts'
import { parseNameAddr } from './name-addr.ts'
import { parseSeconds } from './session-expires.ts'
import { parseSipUri } from './uri.ts'

/** Most Contacts of one registration that are looked at. */
const contactsMax = 16

/** RFC 3261 10.2.1.1: how long a binding lasts that does not say. */
const defaultExpiresS = 3_600

/** One Contact that was registered. */
export interface Grant {
  /** What `contactKey` gives for it. */
  readonly contact: string
  /** 0: withdrawn. */
  readonly seconds: number
}

/** What a request that was answered with a 2xx has registered, and for how long by either's word. */
export function grantsOf(request: Request, response: Response): readonly Grant[] {
  const contacts = listHeader(request, 'Contact').slice(0, contactsMax)
  return contacts.flatMap((value) => {
    const address = parseNameAddr(value)
    const contact = address && contactKey(address.uri)
    if (contact === undefined) return []
    const asked = address?.params.get('expires') ?? firstHeader(request, 'Expires')
    const said = grantedTo(contact, response) ?? firstHeader(response, 'Expires')
    return [{ contact, seconds: lifetime(asked, said) }]
  })
}

/** User, host and port as written: a Contact is called as it stands. Undefined for what is no SIP URI. */
export function contactKey(uri: string): string | undefined {
  const parsed = parseSipUri(uri)
  if (!parsed) return undefined
  return `${parsed.user ?? ''}@${parsed.host.toLowerCase()}:${parsed.port ?? ''}`
}

/** What is said of a Contact in the list of bindings that a 200 to REGISTER has, RFC 3261 10.3. */
function grantedTo(key: string, response: Response): string | undefined {
  for (const contact of listHeader(response, 'Contact').slice(0, contactsMax)) {
    const address = parseNameAddr(contact)
    if (address && contactKey(address.uri) === key) return address.params.get('expires')
  }
  return undefined
}

/** RFC 3261 10.2.1.1: the registrar's word counts, else its client's; seconds. */
function lifetime(asked: string | undefined, said: string | undefined): number {
  // What its sender withdraws lasts no longer, whatever else is bound.
  if (asked !== undefined && parseSeconds(asked) === 0) return 0
  return parseSeconds(said ?? asked ?? '') ?? defaultExpiresS
}
