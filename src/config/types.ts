import { isIP, isIPv4, isIPv6 } from 'node:net'
import { z } from 'zod'
import { Secret } from '../kernel/secret.ts'
import { isRegion } from './regions.ts'

/** Where the engine listens: `udp/127.0.0.1:5060`, `tls/[::1]:5061;advertise=sip.example.com`. */
export interface ListenAddress {
  readonly protocol: ListenProtocol
  /** IPv6 without brackets. */
  readonly address: string
  readonly port: number
  /** What it calls itself in Via and Contact, where that is not the common setting. */
  readonly advertise?: string | undefined
}

const listenProtocols = ['udp', 'tcp', 'tls', 'ws', 'wss'] as const

type ListenProtocol = (typeof listenProtocols)[number]

/** A certificate for a name that clients ask for: files. */
export interface NamedCertificate {
  readonly name: string
  readonly certificate: string
  readonly key: string
}

/** The largest whole number that a setting may hold unless it says otherwise. */
const wholeMax = 1_000_000_000

const portMax = 65_535

const hostName =
  /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}))*$/

/** A whole number between two bounds, and why those; from the environment it comes as text. */
export function whole(min: number, max: number = wholeMax, why = '') {
  const reason = `must be a whole number from ${min} to ${max}${why && `: ${why}`}`
  const fromText = (value: unknown) =>
    typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value
  return z.preprocess(fromText, z.int(reason).min(min, reason).max(max, reason))
}

/** ISO 4217. */
export const currency = z
  .string('must be text')
  .regex(/^[A-Z]{3}$/, 'must be a currency of three capital letters (ISO 4217)')

/** Money in millionths of its currency: sums of it stay exact. */
export const micros = whole(1, 1_000_000_000_000_000)

/** A port; 0 lets the system choose one. */
export const port = whole(0, portMax)

/** Text that is not empty. */
export function text(charsMax = 200) {
  const reason = `must be text of 1 to ${charsMax} characters`
  return z.string(reason).min(1, reason).max(charsMax, reason)
}

/** RFC 3261 25.1, Reason-Phrase, as plain words. */
export const phrase = z
  .string('must be text')
  .regex(/^[A-Z][A-Za-z0-9 ]{1,62}$/, 'must be 2 to 63 letters, digits and blanks, a capital first')

/** One of a few words. */
export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, `must be one of ${words.join(', ')}`)
}

/** A list; from the environment it comes as text with commas. */
export function list<Item extends z.ZodType>(item: Item) {
  const fromText = (value: unknown) =>
    typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value
  return z.preprocess(fromText, z.array(item, 'must be a list'))
}

/** A credential: kept in a `Secret`, so that printing the settings shows nothing. */
export const secret = text().transform((value) => new Secret(value))

/** A private key as PEM; from the environment its line breaks may come as `\\n`. */
export const pemSecret = text(10_000).transform(
  (value) => new Secret(value.replaceAll('\\n', '\n')),
)

/** 32 bytes: 64 hexadecimal digits, or base64. */
export const masterKey = z
  .string('must be text')
  .regex(/^(?:[0-9A-Fa-f]{64}|[A-Za-z0-9+/_-]{43}=?)$/, 'must be 32 bytes in base64 or hexadecimal')
  .transform((value) => new Secret(value))

/** RFC 7616 3.3: shown to people, and part of what digest passwords are kept as. */
export const realm = z
  .string('must be text')
  .regex(/^[A-Za-z0-9][A-Za-z0-9 ._@-]{0,63}$/, 'must be 1 to 64 letters, digits, blanks or ._@-')

/** A Redis URL, which may hold a password. */
export const redisUrl = z
  .string('must be text')
  .refine((value) => {
    const url = URL.parse(value)
    return (url?.protocol === 'redis:' || url?.protocol === 'rediss:') && url.hostname !== ''
  }, 'must be a URL that begins with redis:// or rediss://')
  .transform((value) => new Secret(value))

/** `host:port`; an IPv6 address in brackets. */
export const hostPort = z
  .string('must be text')
  .regex(/^(?:[A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:.]+\]):\d{1,5}$/, 'must look like host:port')

/** The name of something declared; also stands in logs and in the audit log. */
export const id = z
  .string('must be text')
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 letters, digits, ".", "_" or "-"')

/** An extension header: no standard one, or the key could leave where that header may. */
export const keyHeader = z
  .string('must be text')
  .regex(/^X-[A-Za-z0-9-]{1,62}$/i, 'must be a header name that begins with X-')

/** An IPv4 address or a host name. */
export const host = z
  .string('must be text')
  .regex(hostName, 'must be an IPv4 address or a host name')
  .refine((value) => !/^[\d.]+$/.test(value) || isIPv4(value), 'is not an IPv4 address')

/** What SIP calls a machine: a host name or an address, IPv6 with brackets or without. */
export const sipHost = z
  .string('must be text')
  .transform((value) => (/^\[.*\]$/.test(value) ? value.slice(1, -1) : value))
  .refine((value) => isPlainIPv6(value) || host.safeParse(value).success, {
    message: 'must be a host name, an IPv4 or an IPv6 address',
  })

/** RFC 6874: a zone means nothing to another machine. */
function isPlainIPv6(value: string): boolean {
  return isIPv6(value) && !value.includes('%')
}

const listenForm =
  /^(?<protocol>[a-z]+)\/(?:\[(?<v6>[0-9A-Fa-f:.]+)\]|(?<v4>[\d.]+)):(?<port>\d{1,5})(?:;advertise=(?<advertise>\S+))?$/

export const listenAddress = z.string('must be text').transform((value, context): ListenAddress => {
  const {
    protocol,
    v6 = '',
    v4 = '',
    port: portText,
    advertise,
  } = listenForm.exec(value)?.groups ?? {}
  const known = listenProtocols.find((word) => word === protocol)
  const advertised = sipHost.optional().safeParse(advertise)
  const portNumber = Number(portText)
  const isAddress = isIPv4(v4) || isIPv6(v6)
  if (!known || !isAddress || portNumber > portMax || !advertised.success) {
    context.addIssue(
      'must look like udp/127.0.0.1:5060 or tls/[::1]:5061;advertise=sip.example.com',
    )
    return z.NEVER
  }
  const listen = { protocol: known, address: v4 || v6.toLowerCase(), port: portNumber }
  return advertised.data === undefined ? listen : { ...listen, advertise: advertised.data }
})

const namedForm = /^(?<name>[^;]+);certificate=(?<certificate>[^;]+);key=(?<key>[^;]+)$/

export const namedCertificate = z
  .string('must be text')
  .transform((value, context): NamedCertificate => {
    const { name = '', certificate = '', key = '' } = namedForm.exec(value)?.groups ?? {}
    if (!host.safeParse(name).success) {
      context.addIssue('must look like sip.example.net;certificate=net.pem;key=net.key')
      return z.NEVER
    }
    return { name, certificate, key }
  })

/** RFC 6454 6.1: scheme, host and, if it is not the usual one, port. */
export const webOrigin = z.string('must be text').refine((value) => {
  return /^https?:/.test(value) && URL.parse(value)?.origin === value.toLowerCase()
}, 'must be an origin such as https://phone.example.com')

/** What is kept sealed of a key's text so that it can be used as a digest password. */
export const sealedDigest = z
  .string('must be text')
  .regex(/^[A-Za-z0-9_-]{103}$/, 'must be what `npm run mint-key` printed')

/** What is kept of the secret part of a key. */
export const secretHash = z
  .string('must be text')
  .regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 hexadecimal digits')

/** The public part of a key. */
export const keyId = z
  .string('must be text')
  .regex(
    /^[0-9A-Za-z]{16}$/,
    'must be the 16 letters and digits of the key itself: tg_live_<id>_...',
  )

/** SHA-256 of a certificate, with or without the colons that tools print. */
export const fingerprint = z
  .string('must be text')
  .transform((value) => value.replaceAll(':', '').toLowerCase())
  .refine((value) => /^[0-9a-f]{64}$/.test(value), 'must be a SHA-256 fingerprint of 64 digits')

/** A time of day such as 08:30, or 24:00, as minutes from midnight. */
export const minuteOfDay = z
  .string('must be a time such as "08:30", in quotes')
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'must be a time such as "08:30"')
  .transform((value) => Number(value.slice(0, 2)) * 60 + Number(value.slice(3)))

/** A number as its owner would be called from abroad. */
export const e164 = z
  .string('must be text (in quotes: YAML takes digits for a sum)')
  .regex(/^\+[1-9]\d{6,14}$/, 'must be an E.164 number such as "+12125550100"')

/** What E.164 numbers begin with. */
export const prefix = z
  .string('must be text (in quotes: YAML takes digits for a sum)')
  .regex(/^\+?[1-9]\d{0,14}$/, 'must be a prefix of E.164 numbers such as "+1242", in quotes')

/** So many digits; in quotes where YAML would take them for a sum. */
export function digits(min: number, max: number) {
  const reason = `must be ${min} to ${max} digits, in quotes`
  return z.string(reason).regex(new RegExp(`^\\d{${min},${max}}$`), reason)
}

/** ISO 3166 alpha-2, or 001 for the world-wide calling codes. */
export const region = z
  .preprocess((value) => (value === 1 ? '001' : value), z.string('must be text'))
  .refine(isRegion, 'is not a region: two capital letters (ISO 3166) or "001"')

/** A network such as 192.0.2.0/24 or 2001:db8::/32; one address alone is written with /32 or /128. */
export const cidr = z.string('must be text').refine((value) => {
  const [address = '', bits = '', ...rest] = value.split('/')
  const version = isIP(address)
  const bitsMax = version === 4 ? 32 : 128
  return rest.length === 0 && version !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= bitsMax
}, 'must be a network in CIDR form such as 192.0.2.0/24')

/** RFC 8226 9: Service Provider Code. */
export const spc = z
  .string('must be text')
  .regex(/^[A-Za-z0-9]{1,10}$/, 'must be 1 to 10 letters and digits')

/** A base URL that verifiers may fetch from. ATIS-1000074: no user, query or fragment. */
export const httpUrl = z.string('must be text').refine((value) => {
  const url = URL.parse(value)
  if (!url || url.username || url.password || url.search || url.hash) return false
  return url.protocol === 'http:' || url.protocol === 'https:'
}, 'must be an http or https URL without user, query or fragment')

export const timeZone = z.string('must be text').refine((value) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value })
    return value.length > 0
  } catch {
    return false
  }
}, 'is not an IANA time zone such as America/New_York')

/** A moment with its offset; YAML leaves it as text. */
export const moment = z.iso
  .datetime({ offset: true, error: 'must be a moment such as 2027-01-31T00:00:00Z' })
  .transform((value) => Date.parse(value))

/** ITU-T X.660: numbers with dots. */
export const objectIdentifier = z
  .string('must be text')
  .regex(
    /^[0-2](?:\.(?:0|[1-9]\d{0,9})){1,20}$/,
    'must be an object identifier such as 2.5.29.32.0',
  )

/** A server at an address and port that would else be refused. */
export interface AllowedHost {
  readonly host: string
  readonly port: number
  readonly address: string
}

const allowedForm = /^(?<name>[A-Za-z0-9.-]{1,253}):(?<port>\d{1,5})=(?<address>[0-9A-Fa-f:.]+)$/

export const allowedHost = z.string('must be text').transform((value, context): AllowedHost => {
  const { name = '', port: portText, address = '' } = allowedForm.exec(value)?.groups ?? {}
  const portNumber = Number(portText)
  if (!host.safeParse(name).success || !isIP(address) || portNumber > portMax) {
    context.addIssue('must look like cert.lab.test:9443=127.0.0.1')
    return z.NEVER
  }
  return { host: name.toLowerCase(), port: portNumber, address }
})

/** c2sp.org/signed-note: names of keys have neither blanks nor plus signs. */
export const logOrigin = z
  .string('must be text')
  .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$/, 'must be 1 to 200 letters, digits or ._/-')

/** Who cosigns checkpoints: its verifier key, and where it is asked. */
export interface WitnessPlace {
  readonly key: string
  readonly url: string
}

const witnessForm = /^(?<key>[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}) (?<url>\S+)$/

export const witness = z.string('must be text').transform((value, context): WitnessPlace => {
  const { key = '', url = '' } = witnessForm.exec(value)?.groups ?? {}
  if (!httpUrl.safeParse(url).success) {
    context.addIssue('must look like witness.example/w1+b5c7f9a1+BAp... https://witness.example')
    return z.NEVER
  }
  return { key, url }
})
