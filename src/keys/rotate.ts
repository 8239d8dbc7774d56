import type { Key } from '../domain/key.ts'
import type { Random } from '../kernel/random.ts'
import type { DigestAuth } from './digest.ts'
import { type MintedKey, mintKey } from './format.ts'

export interface Rotation {
  readonly random: Random
  /** Undefined: the key has no digest password afterwards. */
  readonly digest: DigestAuth | undefined
  readonly nowMs: number
  /** For how long the secret it has now goes on working. */
  readonly overlapMs: number
}

/** What a key becomes by a rotation. */
export interface Rotated {
  readonly minted: MintedKey
  readonly change: Pick<Key, 'secretHash' | 'digest' | 'previous'>
}

/**
 * A fresh secret under the key's id. The one it has now works on until the overlap is over; one from
 * a rotation before that stops at once, so that a key never has more than two.
 */
export function rotateKey(key: Key, { random, digest, nowMs, overlapMs }: Rotation): Rotated {
  const minted = mintKey(random, key.mode, key.id)
  return {
    minted,
    change: {
      secretHash: minted.secretHash,
      digest: digest?.seal(key.id, minted.text.reveal()),
      previous: {
        secretHash: key.secretHash,
        digest: key.digest,
        validUntilMs: nowMs + overlapMs,
      },
    },
  }
}
