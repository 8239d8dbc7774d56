import { verify } from 'node:crypto'
import { decodeBase64 } from './base64.ts'
import { isKeyName, type NoteSigner, signatureTypes, type VerifierKey } from './key.ts'

// c2sp.org/signed-note: text that one or more keys have signed.

/** Notes that are longer are not read. */
export const noteBytesMax = 64 * 1024

const signaturesMax = 64
const timestampBytes = 8

/** One signature line of a note. */
export interface Signature {
  readonly name: string
  readonly id: Buffer
  /** What follows on the id. */
  readonly bytes: Buffer
  /** The line as it stands, without its line feed. */
  readonly line: string
}

export interface Note {
  /** What is signed, with its last line feed. */
  readonly text: string
  readonly signatures: readonly Signature[]
}

/** The note in these bytes; undefined where they are none. */
export function parseNote(bytes: Buffer): Note | undefined {
  const whole = bytes.toString('utf8')
  if (bytes.length > noteBytesMax || !Buffer.from(whole).equals(bytes)) return undefined
  const split = whole.lastIndexOf('\n\n')
  if (split < 0 || !whole.endsWith('\n') || hasControl(whole)) return undefined
  const lines = whole.slice(split + 2, -1).split('\n')
  const signatures = lines.map(parseSignature).filter((found) => found !== undefined)
  if (lines.length > signaturesMax || signatures.length < lines.length) return undefined
  return { text: whole.slice(0, split + 1), signatures }
}

/** One signature line, without its line feed; undefined where it is none. */
export function parseSignature(line: string): Signature | undefined {
  const [, name = '', body = ''] = /^— ([^ ]+) ([^ ]+)$/.exec(line) ?? []
  const bytes = decodeBase64(body)
  if (!isKeyName(name) || !bytes || bytes.length < 5) return undefined
  return { name, id: bytes.subarray(0, 4), bytes: bytes.subarray(4), line }
}

/** The bytes of a note: text, an empty line, signature lines. */
export function encodeNote(text: string, lines: readonly string[]): Buffer {
  return Buffer.from(`${text}\n${lines.map((line) => `${line}\n`).join('')}`)
}

/** The signature line of a text. */
export function signText(text: string, { verifier, sign }: NoteSigner): string {
  const body = Buffer.concat([verifier.id, sign(Buffer.from(text))])
  return `— ${verifier.name} ${body.toString('base64')}`
}

/**
 * Whether the key has signed the text: all signatures with its name and id are good, and there is one.
 * The key of a witness cosigns: c2sp.org/tlog-cosignature.
 */
export function isSignedBy({ text, signatures }: Note, key: VerifierKey): boolean {
  const own = signatures.filter(({ name, id }) => name === key.name && id.equals(key.id))
  return own.length > 0 && own.every(({ bytes }) => isGood(text, bytes, key))
}

function isGood(text: string, bytes: Buffer, { type, publicKey }: VerifierKey): boolean {
  if (type === signatureTypes.ed25519) return verify(null, Buffer.from(text), publicKey, bytes)
  if (bytes.length <= timestampBytes) return false
  const message = `cosignature/v1\ntime ${bytes.readBigUInt64BE()}\n${text}`
  return verify(null, Buffer.from(message), publicKey, bytes.subarray(timestampBytes))
}

function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < 32 && code !== 10) return true
  }
  return false
}
