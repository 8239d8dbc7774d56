/** The bytes of standard base64 (RFC 4648 4); undefined where the text is not their one encoding. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}
