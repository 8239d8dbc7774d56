import { timingSafeEqual } from 'node:crypto'
import type { Key } from '../domain/key.ts'
import type { Secret } from '../kernel/secret.ts'
import { hashSecret } from './format.ts'
import { overlappingSecret } from './rotate.ts'

const hashBytes = 32

/** No secret is known to have this hash; it stands in where there is no key to compare with. */
const nobodysHash = Buffer.alloc(hashBytes, 0xa5)

/**
 * Whether the secret belongs to the key, as its own or as the one that a rotation replaced not too
 * long ago. An unknown key and a wrong secret take the same path and the same time, so that trying
 * public ids tells nothing about which exist.
 */
export function proveKey(
  presented: Secret,
  key: Pick<Key, 'secretHash' | 'previous'> | undefined,
  nowMs: number,
): boolean {
  const hash = hashSecret(presented.reveal())
  const own = isHash(hash, key?.secretHash)
  const replaced = isHash(hash, overlappingSecret(key, nowMs)?.secretHash)
  return own || replaced
}

function isHash(hash: Buffer, kept: Buffer | undefined): boolean {
  const compared = kept?.length === hashBytes ? kept : nobodysHash
  return timingSafeEqual(hash, compared) && compared !== nobodysHash
}
