import { hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { KeyId } from '../domain/key.ts'
import type { Random } from '../kernel/random.ts'
import { Secret } from '../kernel/secret.ts'
import { randomBase62, toBase62 } from './base62.ts'

const idLength = 16
/** 43 characters of 62 are 256.03 bits: too many to guess, so a fast hash keeps them safe. */
const secretLength = 43
const checksumLength = 6
const prefixLength = 'tg_live_'.length
const secretStart = prefixLength + idLength + 1
const checksumStart = secretStart + secretLength
const keyLength = checksumStart + checksumLength

/** What a secret scanner looks for; the checksum then tells a key from a look-alike. */
export const keyPattern = /^tg_(live|test)_([0-9A-Za-z]{16})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/

export type KeyMode = 'live' | 'test'

/** The parts of a key as it was presented; nothing is proven by having them. */
export interface PresentedKey {
  readonly publicId: KeyId
  readonly mode: KeyMode
  readonly secret: Secret
}

/** A fresh key: the text is shown to its owner once, the hash is what is kept. */
export interface MintedKey {
  readonly text: Secret
  readonly id: KeyId
  readonly mode: KeyMode
  readonly secretHash: Buffer
}

/**
 * Takes `tg_<mode>_<public id>_<secret><checksum>` apart, or gives undefined when the text is not
 * of that form or its checksum is wrong. Never throws; looks at no more than a key's 74 characters.
 */
export function parseKey(text: string): PresentedKey | undefined {
  if (text.length !== keyLength) return undefined
  const [, mode, publicId, secret, checksum] = keyPattern.exec(text) ?? []
  if (!publicId || !secret || checksumOf(text.slice(0, checksumStart)) !== checksum)
    return undefined
  return {
    publicId: publicId as KeyId,
    mode: mode === 'live' ? 'live' : 'test',
    secret: new Secret(secret),
  }
}

/** Makes a key of 256 random bits under a random public id of 95, or under the id that it had. */
export function mintKey(random: Random, mode: KeyMode, had?: KeyId): MintedKey {
  const id = had ?? randomBase62(random, idLength)
  const secret = randomBase62(random, secretLength)
  const body = `tg_${mode}_${id}_${secret}`
  return {
    text: new Secret(body + checksumOf(body)),
    id: id as KeyId,
    mode,
    secretHash: hashSecret(secret),
  }
}

/** SHA-256 of a key's secret part: what is kept of it, 32 bytes. */
export function hashSecret(secret: string): Buffer {
  return hash('sha256', secret, 'buffer')
}

function checksumOf(body: string): string {
  return toBase62(crc32(body), checksumLength)
}
