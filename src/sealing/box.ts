import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto'
import type { Random } from '../kernel/random.ts'
import { sha256 } from '../kernel/sha256.ts'
import { positionDigits } from './seed-tree.ts'

const positionBytes = positionDigits / 2
const nonceBytes = 12
const tagBytes = 16
const headBytes = positionBytes + nonceBytes + tagBytes

const purpose = Buffer.from('tollgate box 1\n')

/** A sealed value: where its key stands, and what opens with it. */
export interface Box {
  readonly position: string
  readonly nonce: Buffer
  readonly tag: Buffer
  readonly sealed: Buffer
}

/** What a value is sealed with. `context` says where it belongs: it opens nowhere else. */
export interface Sealing {
  readonly position: string
  readonly key: Buffer
  readonly context: string | Buffer
  readonly random: Random
}

/**
 * Seals a text: AES-256-GCM under a key of this box alone, made from the subject's and a random nonce,
 * with the context as additional data. Base64 of position, nonce, tag and what is sealed.
 */
export function sealText(text: string, { position, key, context, random }: Sealing): string {
  const nonce = random.bytes(nonceBytes)
  // A key object: to find out that bytes are none costs Node more than to make one.
  const cipher = createCipheriv('aes-256-gcm', createSecretKey(boxKey(key, nonce)), nonce)
  cipher.setAAD(typeof context === 'string' ? Buffer.from(context) : context)
  const sealed = cipher.update(text, 'utf8')
  cipher.final()
  const box = Buffer.allocUnsafe(headBytes + sealed.length)
  box.write(position, 0, positionBytes, 'hex')
  nonce.copy(box, positionBytes)
  cipher.getAuthTag().copy(box, positionBytes + nonceBytes)
  sealed.copy(box, headBytes)
  return box.toString('base64')
}

/** The parts of a sealed text; undefined where it is none. */
export function readBox(text: string): Box | undefined {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length < headBytes) return undefined
  return {
    position: bytes.toString('hex', 0, positionBytes),
    nonce: bytes.subarray(positionBytes, positionBytes + nonceBytes),
    tag: bytes.subarray(positionBytes + nonceBytes, headBytes),
    sealed: bytes.subarray(headBytes),
  }
}

/** The key that opens one box and no other: whoever is shown it learns nothing else of the subject. */
export function boxKey(subjectKey: Buffer, nonce: Buffer): Buffer {
  return sha256(Buffer.concat([purpose, subjectKey, nonce]))
}

/** What is in a box, by its own key; undefined where it was touched, moved, or is another's. */
export function openBox({ nonce, tag, sealed }: Box, key: Buffer, context: string) {
  const decipher = createDecipheriv('aes-256-gcm', createSecretKey(key), nonce, {
    authTagLength: tagBytes,
  })
  decipher.setAAD(Buffer.from(context)).setAuthTag(tag)
  try {
    return decipher.update(sealed, undefined, 'utf8') + decipher.final('utf8')
  } catch {
    return undefined
  }
}
