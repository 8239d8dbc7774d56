import { hash } from 'node:crypto'

/**
 * SHA-256 of some bytes, for a value that is soon done with: it lies in a pool that many share, which
 * costs a third of memory of its own.
 */
export function sha256(bytes: Uint8Array): Buffer {
  return Buffer.from(hash('sha256', bytes, 'binary'), 'binary')
}
