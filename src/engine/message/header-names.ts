import { isToken } from './text.ts'

/** Header fields that have a form of their own in their standards, in that form. */
const knownNames = [
  ...['Via', 'From', 'To', 'Call-ID', 'CSeq', 'Max-Forwards', 'Contact', 'Content-Length'],
  ...['Content-Type', 'Route', 'Record-Route', 'Allow', 'Supported', 'Require', 'User-Agent'],
  ...['Accept', 'Accept-Contact', 'Accept-Encoding', 'Accept-Language', 'Accept-Resource-Priority'],
  ...['Alert-Info', 'Allow-Events', 'Answer-Mode', 'Attestation-Info', 'Authentication-Info'],
  ...['Authorization', 'Call-Info', 'Content-Disposition', 'Content-Encoding', 'Content-Language'],
  ...['Date', 'Diversion', 'Error-Info', 'Event', 'Expires', 'Feature-Caps', 'Flow-Timer'],
  ...['Geolocation', 'Geolocation-Error', 'Geolocation-Routing', 'History-Info', 'Identity'],
  ...['Identity-Info', 'In-Reply-To', 'Info-Package', 'Join', 'Max-Breadth', 'MIME-Version'],
  ...['Min-Expires', 'Min-SE', 'Organization', 'Origination-Id', 'P-Access-Network-Info'],
  ...['P-Asserted-Identity', 'P-Asserted-Service', 'P-Called-Party-ID', 'P-Charging-Vector'],
  ...['P-Charging-Function-Addresses', 'P-Early-Media', 'P-Preferred-Identity'],
  ...['P-Preferred-Service', 'P-Visited-Network-ID', 'Path', 'Permission-Missing'],
  ...['Policy-Contact', 'Policy-ID', 'Priority', 'Privacy', 'Proxy-Authenticate'],
  ...['Proxy-Authorization', 'Proxy-Require', 'RAck', 'Reason', 'Recv-Info', 'Refer-Events-At'],
  ...['Refer-Sub', 'Refer-To', 'Referred-By', 'Reject-Contact', 'Remote-Party-ID', 'Replaces'],
  ...['Reply-To', 'Request-Disposition', 'Resource-Priority', 'Retry-After', 'RSeq'],
  ...['Security-Client', 'Security-Server', 'Security-Verify', 'Server', 'Service-Route'],
  ...['Session-Expires', 'Session-ID', 'SIP-ETag', 'SIP-If-Match', 'Subject'],
  ...['Subscription-State', 'Target-Dialog', 'Timestamp', 'Trigger-Consent', 'Unsupported'],
  ...['User-to-User', 'Warning', 'WWW-Authenticate'],
]

/** Compact forms: RFC 3261 7.3.3 and the IANA registry of SIP header fields. */
const compactForms = {
  a: 'Accept-Contact',
  b: 'Referred-By',
  c: 'Content-Type',
  d: 'Request-Disposition',
  e: 'Content-Encoding',
  f: 'From',
  i: 'Call-ID',
  j: 'Reject-Contact',
  k: 'Supported',
  l: 'Content-Length',
  m: 'Contact',
  n: 'Identity-Info',
  o: 'Event',
  r: 'Refer-To',
  s: 'Subject',
  t: 'To',
  u: 'Allow-Events',
  v: 'Via',
  x: 'Session-Expires',
  y: 'Identity',
} as const

const canonicalNames = new Map<string, string>()
for (const name of knownNames) {
  canonicalNames.set(name, name)
  canonicalNames.set(name.toLowerCase(), name)
}
for (const [letter, name] of Object.entries(compactForms)) {
  canonicalNames.set(letter, name)
  canonicalNames.set(letter.toUpperCase(), name)
}

/** The standard's spelling of a known header name, compact forms expanded; others as they are. */
export function canonicalName(name: string): string {
  return knownName(name) ?? name
}

/** Like `canonicalName`, but undefined when `name` is no legal header name at all. */
export function readName(name: string): string | undefined {
  return knownName(name) ?? (isToken(name) ? name : undefined)
}

/**
 * The spelling under which a header that an application gave goes on the wire: known names in the
 * standard's, `X-` names untouched, any other with a capital at the start and after every hyphen.
 */
export function wireName(name: string): string {
  const known = knownName(name)
  if (known) return known
  if (name.startsWith('X-') || name.startsWith('x-')) return name
  return name.replace(/(?:^|-)[a-z]/g, (found) => found.toUpperCase())
}

/** Whether `name` is a known name as its standard spells it. */
export function isCanonicalName(name: string): boolean {
  return canonicalNames.get(name) === name
}

function knownName(name: string): string | undefined {
  return canonicalNames.get(name) ?? canonicalNames.get(name.toLowerCase())
}
