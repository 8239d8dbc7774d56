import { type KeyObject, sign } from 'node:crypto'

export const x5u = 'https://cert.example.org/shaken.pem'
export const origId = '123e4567-e89b-12d3-a456-426655440000'
export const caller = '12155550121'
export const callee = '12155550131'

/** What an Identity field is made of; every piece can be replaced by a false one. */
export interface Pieces {
  readonly key: KeyObject
  readonly header?: Readonly<Record<string, unknown>> | undefined
  readonly claims?: Readonly<Record<string, unknown>> | undefined
  readonly info?: string
  readonly parameters?: string
  /** Replaces the text of the signed parts before they are signed. */
  readonly headerText?: string
  readonly claimsText?: string
  readonly headerPart?: string
  readonly claimsPart?: string
  /** Makes the signature part from what is signed. */
  readonly signature?: (input: string) => string
}

export function shakenHeader(url = x5u) {
  return { alg: 'ES256', ppt: 'shaken', typ: 'passport', x5u: url }
}

export function shakenClaims(nowMs: number) {
  return {
    attest: 'A',
    dest: { tn: [callee] },
    iat: Math.floor(nowMs / 1000),
    orig: { tn: caller },
    origid: origId,
  }
}

/** The value of an Identity field. */
export function forge(pieces: Pieces): string {
  const { header = shakenHeader(), claims = {}, key } = pieces
  const headerPart = pieces.headerPart ?? encode(pieces.headerText ?? JSON.stringify(header))
  const claimsPart = pieces.claimsPart ?? encode(pieces.claimsText ?? JSON.stringify(claims))
  const input = `${headerPart}.${claimsPart}`
  const signature = pieces.signature?.(input) ?? signed(input, key)
  const ppt = typeof header.ppt === 'string' ? `;ppt=${header.ppt}` : ''
  const url = pieces.info ?? String(header.x5u)
  return `${input}.${signature}${pieces.parameters ?? `;info=<${url}>;alg=ES256${ppt}`}`
}

/** ES256 as JWS has it, r and s. */
export function signed(input: string, key: KeyObject): string {
  return sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString(
    'base64url',
  )
}

export function encode(text: string): string {
  return Buffer.from(text).toString('base64url')
}
