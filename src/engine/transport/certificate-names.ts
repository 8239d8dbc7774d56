import { isIP } from 'node:net'
import { unbracketed } from '../message/host-port.ts'
import { parseSipUri } from '../message/uri.ts'
import { addressBytes } from './address-bytes.ts'
import { certificateNamesMax } from './limits.ts'

/** One subject alternative name: `DNS`, `URI`, `IP Address` and what it says. */
interface AlternativeName {
  readonly type: string
  readonly value: string
}

/** `TYPE:value` up to a comma, or a value in quotes where it has something that could deceive. */
const entry = /(?:^|, )([A-Za-z][A-Za-z0-9 ]*):("(?:[^"\\]|\\.)*"|[^",]*)/gy

const hostText = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/

/**
 * The SIP domains that a certificate names, RFC 5922 7.1: the hosts of its `sip:` URIs without user,
 * or, where it has none, its DNS names. `text` is the alternative names as Node writes them. What
 * is no plain host name is left out, wildcards among it: RFC 5922 7.2 forbids to match them.
 */
export function sipDomainsOf(text: string | undefined): readonly string[] {
  const all = alternativeNames(text)
  const fromUris = all.filter(({ type }) => type === 'URI').map(({ value }) => sipDomain(value))
  const fromDns = all.filter(({ type }) => type === 'DNS').map(({ value }) => value)
  const uris = fromUris.filter((host) => host !== undefined)
  const names = (uris.length > 0 ? uris : fromDns).map((host) => host.toLowerCase())
  return names.filter((host) => hostText.test(host)).slice(0, certificateNamesMax)
}

/**
 * Whether a certificate with these alternative names is that of a host. RFC 5922 7.2, 7.3: equal but
 * for case. RFC 5922 knows no addresses: where the URI has one the certificate must name that address.
 */
export function namesHost(text: string | undefined, host: string): boolean {
  const wanted = unbracketed(host).toLowerCase()
  if (isIP(wanted) === 0) return sipDomainsOf(text).includes(wanted)
  const canonical = canonicalAddress(wanted)
  return alternativeNames(text).some(
    ({ type, value }) => type === 'IP Address' && canonicalAddress(value) === canonical,
  )
}

function alternativeNames(text: string | undefined): readonly AlternativeName[] {
  const names: AlternativeName[] = []
  for (const [, type = '', quoted = ''] of (text ?? '').matchAll(entry)) {
    names.push({ type, value: quoted.startsWith('"') ? unquoted(quoted) : quoted })
  }
  return names
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(text))
  } catch {
    return ''
  }
}

/** RFC 5922 7.1: a URI with a user names a person, and no domain. */
function sipDomain(uri: string): string | undefined {
  const parsed = parseSipUri(uri)
  return parsed?.scheme === 'sip' && parsed.user === undefined ? parsed.host : undefined
}

/** One spelling for each address: OpenSSL writes IPv6 in full. */
function canonicalAddress(address: string): string {
  return addressBytes(address)?.join('.') ?? address
}
