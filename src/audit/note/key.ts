import { createPrivateKey, createPublicKey, hash, type KeyObject, sign } from 'node:crypto'
import { decodeBase64 } from './base64.ts'

// c2sp.org/signed-note: keys that sign notes, and their text forms.

/** c2sp.org/signed-note, "Signature types". */
export const signatureTypes = { ed25519: 1, cosignature: 4 } as const

const keyIdBytes = 4
const keyBytes = 32
const privatePrefix = 'PRIVATE+KEY'

/** RFC 8410: what stands before the 32 bytes of an Ed25519 private key in PKCS #8. */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex')

/** Who is believed when a note bears this name and id. */
export interface VerifierKey {
  readonly name: string
  readonly id: Buffer
  readonly type: number
  readonly publicKey: KeyObject
  /** Its text: `name+id+base64`. */
  readonly text: string
}

/** Signs notes under a name. */
export interface NoteSigner {
  readonly verifier: VerifierKey
  /** May be handed to another thread of this process. */
  readonly privateKey: KeyObject
  sign(message: Buffer): Buffer
}

/** Whether a key may be called so: no space, no plus, nothing that controls. */
export function isKeyName(name: string): boolean {
  return /^[^+\p{Cc}\p{White_Space}]{1,200}$/u.test(name)
}

/** The key of a verifier key's text; undefined where it is none. */
export function parseVerifierKey(text: string): VerifierKey | undefined {
  const [, name = '', id, body] = /^([^+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text) ?? []
  const bytes = body === undefined ? undefined : decodeBase64(body)
  if (!isKeyName(name) || bytes?.length !== 1 + keyBytes) return undefined
  const [type = 0] = bytes
  if (!Object.values<number>(signatureTypes).includes(type)) return undefined
  const key = verifierOf(name, type, bytes.subarray(1))
  return key.id.toString('hex') === id ? key : undefined
}

/** The key that a log is known by; undefined where the text is none, or one that only cosigns. */
export function parseLogKey(text: string): VerifierKey | undefined {
  const key = parseVerifierKey(text)
  return key?.type === signatureTypes.ed25519 ? key : undefined
}

/** The key that a witness cosigns with; undefined where the text is none, or that of a log. */
export function parseWitnessKey(text: string): VerifierKey | undefined {
  const key = parseVerifierKey(text)
  return key?.type === signatureTypes.cosignature ? key : undefined
}

/** The text of a verifier key, `name+id+base64`, from its 32 bytes. */
export function verifierKeyText(name: string, type: number, publicBytes: Buffer): string {
  const body = Buffer.concat([Buffer.from([type]), publicBytes])
  const id = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), body]), 'buffer')
  return `${name}+${id.toString('hex', 0, keyIdBytes)}+${body.toString('base64')}`
}

/** The text of a new private key, `PRIVATE+KEY+name+id+base64`, from 32 random bytes. */
export function encodePrivateKey(name: string, seed: Buffer): string {
  const { verifier } = signerOf(name, seed)
  const body = Buffer.concat([Buffer.from([signatureTypes.ed25519]), seed])
  return `${privatePrefix}+${name}+${verifier.id.toString('hex')}+${body.toString('base64')}`
}

/** The signer of a private key's text; undefined where it is none. */
export function parsePrivateKey(text: string): NoteSigner | undefined {
  const rest = text.startsWith(`${privatePrefix}+`) ? text.slice(privatePrefix.length + 1) : ''
  const [, name = '', id, body] = /^([^+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(rest) ?? []
  const bytes = body === undefined ? undefined : decodeBase64(body)
  if (!isKeyName(name) || bytes?.length !== 1 + keyBytes) return undefined
  if (bytes[0] !== signatureTypes.ed25519) return undefined
  const signer = signerOf(name, bytes.subarray(1))
  return signer.verifier.id.toString('hex') === id ? signer : undefined
}

/** The signer of another thread. Throws where the text is no key of a log. */
export function signerWith(key: {
  readonly verifierKey: string
  readonly privateKey: KeyObject
}): NoteSigner {
  const verifier = parseLogKey(key.verifierKey)
  if (!verifier) throw new TypeError('this is not the key of a log')
  return signing(verifier, key.privateKey)
}

function signerOf(name: string, seed: Buffer): NoteSigner {
  const der = Buffer.concat([pkcs8Prefix, seed])
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' })
  const publicBytes = Buffer.from(x, 'base64url')
  const verifier = verifierOf(name, signatureTypes.ed25519, publicBytes)
  return signing(verifier, privateKey)
}

function signing(verifier: VerifierKey, privateKey: KeyObject): NoteSigner {
  return { verifier, privateKey, sign: (message) => sign(null, message, privateKey) }
}

function verifierOf(name: string, type: number, publicBytes: Buffer): VerifierKey {
  const text = verifierKeyText(name, type, publicBytes)
  const id = Buffer.from(text.slice(name.length + 1).slice(0, 2 * keyIdBytes), 'hex')
  const x = publicBytes.toString('base64url')
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  return { name, id, type, publicKey, text }
}
