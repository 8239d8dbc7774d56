import type { PassportFault } from '../../domain/passport-faults.ts'

/** An Identity header field's value by the grammar of RFC 8224 4; nothing is decoded. */
export interface IdentityField {
  /** `compact`: the signature alone, RFC 8225 7. */
  readonly form: 'full' | 'compact'
  /** The three parts of the JWS, base64url; the first two are empty in compact form. */
  readonly header: string
  readonly payload: string
  readonly signature: string
  readonly info: string
  readonly alg: string | undefined
  readonly ppt: string | undefined
}

/** Longer values are not looked at. */
const fieldCharsMax = 16_384
const parametersMax = 16

/** RFC 3261 7.3.1: a line break before blanks is one blank. */
const folding = /\r?\n[ \t]+/g
/** One element is one field: the grammar of RFC 8224 4 knows no list, so a comma ends nothing. */
const digest = /^[ \t]*([A-Za-z0-9_-]*)\.([A-Za-z0-9_-]*)\.([A-Za-z0-9_-]+)[ \t]*(?=;|$)/
const parameter =
  /;[ \t]*([A-Za-z0-9.!%*_+`'~-]+)(?:[ \t]*=[ \t]*(?:<([^<>"\s]*)>|"((?:[^"\\]|\\.)*)"|([A-Za-z0-9.!%*_+`'~:[\]-]+)))?[ \t]*/y

/**
 * Takes the value of an Identity header field apart. Strict: what breaks the grammar is a fault, with
 * one exception that the field's usage has forced: `alg` and `ppt` may stand in quotes. Never throws.
 */
export function parseIdentityField(value: string): IdentityField | PassportFault {
  if (value.length > fieldCharsMax) return 'header_too_long'
  const text = value.replace(folding, ' ')
  const match = digest.exec(text)
  const parameters = match && parseParameters(text, match[0].length)
  if (!parameters) return 'header_malformed'
  const [, header = '', payload = '', signature = ''] = match
  const { info, alg, ppt } = parameters
  const isCompact = header === '' && payload === ''
  if (!isCompact && (header === '' || payload === '')) return 'header_malformed'
  return { form: isCompact ? 'compact' : 'full', header, payload, signature, info, alg, ppt }
}

interface Parameters {
  readonly info: string
  readonly alg: string | undefined
  readonly ppt: string | undefined
}

/** RFC 8224 4: `info` comes first and is in angle brackets; no parameter comes twice. */
function parseParameters(text: string, from: number): Parameters | undefined {
  const found = new Map<string, string | undefined>()
  let at = from
  while (at < text.length) {
    parameter.lastIndex = at
    const match = parameter.exec(text)
    if (!match || found.size >= parametersMax) return undefined
    const [all, written = '', bracketed, quoted, token] = match
    const name = written.toLowerCase()
    if (found.has(name)) return undefined
    if ((name === 'info') !== (bracketed !== undefined) || (name === 'info') !== (at === from)) {
      return undefined
    }
    found.set(name, bracketed ?? quoted ?? token)
    at += all.length
  }
  const info = found.get('info')
  if (!info || isEmpty(found, 'alg') || isEmpty(found, 'ppt')) return undefined
  return { info, alg: found.get('alg'), ppt: found.get('ppt') }
}

function isEmpty(found: ReadonlyMap<string, string | undefined>, name: string): boolean {
  return found.has(name) && !found.get(name)
}
