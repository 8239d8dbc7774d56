/**
 * The bytes of base64url as RFC 7515 2 has it: no padding, no other character, and no bits left over,
 * so that one value has one spelling. Undefined for anything else, also for nothing at all.
 */
export function decodeBase64Url(text: string): Buffer | undefined {
  if (!/^[A-Za-z0-9_-]+$/.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}

/** The text of base64url whose bytes are UTF-8 without a byte order mark; undefined for others. */
export function decodeBase64UrlText(text: string): string | undefined {
  const bytes = decodeBase64Url(text)
  if (!bytes) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
