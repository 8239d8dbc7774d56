import type { Key, KeyId } from '../domain/key.ts'

/** Certificates that may be bound at once; further ones are not found. */
const certificatesMax = 100_000

/** Which key a client certificate stands for, kept up with the keys as they change. */
export class CertificateKeys {
  readonly #keys = new Map<string, KeyId>()

  /** Learns of a key, or of what has become of it. */
  learn({ id, certificates = [] }: Key): void {
    for (const [fingerprint, owner] of this.#keys) {
      if (owner === id && !certificates.includes(fingerprint)) this.#keys.delete(fingerprint)
    }
    for (const fingerprint of certificates) {
      if (this.#keys.size < certificatesMax) this.#keys.set(fingerprint, id)
    }
  }

  /** The key that the certificate with this SHA-256 (lower-case hexadecimal) stands for. */
  keyOf(fingerprint: string): KeyId | undefined {
    return this.#keys.get(fingerprint)
  }
}
