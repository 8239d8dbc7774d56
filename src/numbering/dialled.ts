import { getCountryCallingCode, isSupportedCountry } from 'libphonenumber-js/max'

/** What was dialled, once the URI around it is gone: digits, after a `+` if it is international. */
export type Dialled =
  | {
      readonly ok: true
      readonly digits: string
      /** Whether the URI itself says in which country they are meant. */
      readonly inContext: boolean
    }
  | { readonly ok: false; readonly reason: 'number_malformed' | 'uri_scheme_unsupported' }

const uriLengthMax = 512

const schemePattern = /^([A-Za-z][A-Za-z0-9+.-]*):/
/** `+` and at most 24 digits: E.164's 15 behind the longest international prefixes. */
const digitsPattern = /^\+?[0-9]{1,24}$/
/** RFC 3966 3: visual separators; they mean nothing (RFC 3966 5.1.1). */
const separators = /[-.()]/g
const hostPattern = /^(?:[0-9A-Za-z.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:;([^?]*))?$/

/**
 * Parameters of a number that say nothing about who is called: portability (RFC 4694), trunk groups
 * (RFC 4904), calling-party facts. They end here, for only the canonical number goes on. Any other
 * may change whom the call reaches (`ext`, `isub`, `postd`), so that a number with it is refused.
 */
const ignoredParams = new Set([
  'npdi',
  'rn',
  'rn-context',
  'cic',
  'cic-context',
  'tgrp',
  'trunk-context',
  'verstat',
  'cpc',
  'oli',
  'isup-oli',
])

const malformed: Dialled = { ok: false, reason: 'number_malformed' }

/**
 * Reads the number out of a sip, sips or tel URI. Exactly one number comes out, or a refusal: no
 * password, no escapes but `%2B` for `+`, no letters, no `*` or `#`, no digits but 0 to 9, visual
 * separators only where the URI says that it is a telephone number, no extension or subaddress.
 */
export function dialledIn(uri: string, homeRegion: string): Dialled {
  if (uri.length > uriLengthMax) return malformed
  const scheme = schemePattern.exec(uri)?.[1]
  if (!scheme) return malformed
  const rest = uri.slice(scheme.length + 1)
  switch (scheme.toLowerCase()) {
    case 'tel':
      return dialledInSubscriber(rest, true, homeRegion)
    case 'sip':
    case 'sips':
      return dialledInSip(rest, homeRegion)
    default:
      return { ok: false, reason: 'uri_scheme_unsupported' }
  }
}

/** RFC 3261 19.1.1 and 19.1.6: the user part of a SIP URI may be a telephone-subscriber. */
function dialledInSip(rest: string, homeRegion: string): Dialled {
  const at = rest.indexOf('@')
  if (at < 1) return malformed
  const user = rest.slice(0, at)
  const host = hostPattern.exec(rest.slice(at + 1))
  if (!host || user.includes(':')) return malformed
  const kinds = userKinds(host[1])
  if (kinds.some((kind) => kind !== 'phone')) return malformed
  return dialledInSubscriber(user, kinds.length > 0, homeRegion)
}

/** The values of every `user` parameter: anything but `phone` says that this is no number. */
function userKinds(uriParams: string | undefined): string[] {
  if (!uriParams) return []
  return uriParams
    .toLowerCase()
    .split(';')
    .filter((param) => param === 'user' || param.startsWith('user='))
    .map((param) => param.slice('user='.length))
}

/** RFC 3966 3: number, then parameters. */
function dialledInSubscriber(subscriber: string, separated: boolean, homeRegion: string): Dialled {
  const [written = '', ...params] = subscriber.split(';')
  const plus = written.startsWith('%2B') || written.startsWith('%2b')
  const number = plus ? `+${written.slice('%2B'.length)}` : written
  const digits = separated ? number.replace(separators, '') : number
  if (!digitsPattern.test(digits)) return malformed
  if (!acceptable(params, digits.startsWith('+'), homeRegion)) return malformed
  const inContext = params.some((param) => /^phone-context=/i.test(param))
  return { ok: true, digits, inContext }
}

function acceptable(params: readonly string[], international: boolean, homeRegion: string) {
  const seen = new Set<string>()
  return params.every((param) => {
    const [name = '', value = ''] = param.toLowerCase().split('=', 2)
    // RFC 3966 3: each parameter must not appear more than once.
    if (seen.has(name)) return false
    seen.add(name)
    if (name === 'phone-context') return !international && isHomeContext(value, homeRegion)
    return ignoredParams.has(name)
  })
}

/**
 * RFC 3966 5.1.5: a local number means something only within its context. The home region's
 * country code is the one context in which we know what it means.
 */
function isHomeContext(context: string, homeRegion: string): boolean {
  if (!isSupportedCountry(homeRegion)) return false
  return context.replace(separators, '') === `+${getCountryCallingCode(homeRegion)}`
}
