import { parsedJson } from '../kernel/parsed-json.ts'

/** Longer values are not looked at. */
const valueCharsMax = 16_384

/** RFC 3261 25.1 token. */
const parameter = /^([\w.!%*+`'~-]+)=(?:<([^<>]*)>|"([^"]*)"|([\w.!%*+`'~-]+))$/

/** An Identity header field's value in the full form of RFC 8224 4, taken apart; nothing is verified. */
export interface IdentityHeader {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
  readonly signature: Buffer
  /** `info`, `alg`, `ppt` and whatever else came, by lower-case name. */
  readonly parameters: Readonly<Record<string, string>>
}

/** The value of the Identity header field, full form, `ppt` as the token that RFC 8224 4 makes it. */
export function formatIdentityHeader(jws: string, x5u: string, ppt = 'shaken'): string {
  return `${jws};info=<${x5u}>;alg=ES256;ppt=${ppt}`
}

/**
 * Takes an Identity header field's value apart, or a bare PASSporT. Undefined where it is neither,
 * also for the compact form, which carries no claims. Checks nothing: neither signature nor age.
 */
export function parseIdentityHeader(value: string): IdentityHeader | undefined {
  if (value.length > valueCharsMax) return undefined
  const [jws = '', ...rest] = value.split(';').map((part) => part.trim())
  const [first = '', second = '', third = '', ...excess] = jws.split('.')
  const header = decodePart(first)
  const claims = decodePart(second)
  const parameters = parseParameters(rest)
  if (!header || !claims || !parameters || !isBase64Url(third) || excess.length > 0) {
    return undefined
  }
  const signature = Buffer.from(third, 'base64url')
  return { header, claims, signature, parameters }
}

function decodePart(part: string): Record<string, unknown> | undefined {
  if (!isBase64Url(part)) return undefined
  const value = parsedJson(Buffer.from(part, 'base64url').toString())
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as Record<string, unknown>) : undefined
}

function isBase64Url(part: string): boolean {
  return /^[\w-]+$/.test(part)
}

function parseParameters(parts: readonly string[]): Record<string, string> | undefined {
  const parameters = new Map<string, string>()
  for (const part of parts) {
    const match = parameter.exec(part)
    const name = match?.[1]?.toLowerCase()
    if (!name || parameters.has(name)) return undefined
    parameters.set(name, match?.[2] ?? match?.[3] ?? match?.[4] ?? '')
  }
  return Object.fromEntries(parameters)
}
