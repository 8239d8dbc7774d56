import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import type { Random } from '../kernel/random.ts'
import type { Secret } from '../kernel/secret.ts'

const keyBytes = 32
const ivBytes = 12
const tagBytes = 16
const version = 1

/** What a key of our own is derived for; no two uses share one. */
export type KeyPurpose = 'digest-at-rest' | 'nonce' | 'token' | 'audit-keys'

/** From it every key of the gate's own is derived. It comes from the environment and is never kept. */
export class MasterKey {
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    if (bytes.length !== keyBytes) throw new RangeError(`a master key has ${keyBytes} bytes`)
    this.#bytes = bytes
  }

  /** The key for one purpose, 32 bytes; the same at every start and on every gate. RFC 5869. */
  derive(purpose: KeyPurpose): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#bytes, '', `tollgate ${purpose}`, keyBytes))
  }
}

/** Reads 64 hexadecimal digits or base64; throws a `RangeError` where that is not 32 bytes. */
export function readMasterKey(text: Secret): MasterKey {
  const value = text.reveal().trim()
  const isHex = /^[0-9a-f]{64}$/i.test(value)
  return new MasterKey(Buffer.from(value, isHex ? 'hex' : 'base64'))
}

/** Closes and opens what must not lie about readable: AES-256-GCM. */
export interface Sealer {
  /** `context` says what it is of; it must be the same at the opening. */
  seal(plain: Buffer, context: string): Buffer
  /** Undefined where it was sealed under another key or for another context, or was touched. */
  open(sealed: Buffer, context: string): Buffer | undefined
}

/** A sealer under a key of 32 bytes. */
export function createSealer(key: Buffer, random: Random): Sealer {
  return {
    seal: (plain, context) => {
      const iv = random.bytes(ivBytes)
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(context))
      const text = Buffer.concat([cipher.update(plain), cipher.final()])
      return Buffer.concat([Buffer.of(version), iv, cipher.getAuthTag(), text])
    },
    open: (sealed, context) => {
      if (sealed.length < 1 + ivBytes + tagBytes || sealed[0] !== version) return undefined
      const iv = sealed.subarray(1, 1 + ivBytes)
      const tag = sealed.subarray(1 + ivBytes, 1 + ivBytes + tagBytes)
      const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes })
      decipher.setAAD(Buffer.from(context)).setAuthTag(tag)
      try {
        const text = decipher.update(sealed.subarray(1 + ivBytes + tagBytes))
        return Buffer.concat([text, decipher.final()])
      } catch {
        return undefined
      }
    },
  }
}
