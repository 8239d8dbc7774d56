/**
 * Bytes to send again. A fresh message is a buffer; one that is kept for seconds is a string of its
 * bytes, because a small buffer holds on to the whole pool that it was cut from.
 */
export type KeptBytes = Buffer | string

/** The form to keep for long. */
export function keep(bytes: Buffer): KeptBytes {
  return bytes.toString('latin1')
}

/** The same bytes, to be sent. */
export function wireBytes(kept: KeptBytes): Buffer {
  return typeof kept === 'string' ? Buffer.from(kept, 'latin1') : kept
}
