import { timingSafeEqual } from 'node:crypto'
import type { Key } from '../domain/key.ts'
import type { Secret } from '../kernel/secret.ts'
import { hashSecret } from './format.ts'

const hashBytes = 32

/** No secret is known to have this hash; it stands in where there is no key to compare with. */
const nobodysHash = Buffer.alloc(hashBytes, 0xa5)

/**
 * Whether the secret belongs to the key. An unknown key and a wrong secret take the same path and
 * the same time, so that trying public ids tells nothing about which exist.
 */
export function proveKey(presented: Secret, key: Key | undefined): boolean {
  const kept = key?.secretHash.length === hashBytes ? key.secretHash : nobodysHash
  const equal = timingSafeEqual(hashSecret(presented.reveal()), kept)
  return equal && kept !== nobodysHash
}
