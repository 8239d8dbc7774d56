import type { Key, PreviousSecret } from '../domain/key.ts'
import type { Random } from '../kernel/random.ts'
import type { DigestAuth } from './digest.ts'
import { type MintedKey, mintKey } from './format.ts'

/** A secret works on for no longer: one that would was replaced by a clock that was wrong. */
export const overlapMaxMs = 366 * 86_400_000

/** The secret that works on beside the key's own; undefined where there is none, or none any more. */
export function overlappingSecret(
  key: Pick<Key, 'previous'> | undefined,
  nowMs: number,
): PreviousSecret | undefined {
  const previous = key?.previous
  const leftMs = previous ? previous.validUntilMs - nowMs : 0
  return leftMs > 0 && leftMs <= overlapMaxMs ? previous : undefined
}

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
