/** Whether a value can stand in a header without becoming two of them, or worse. */
export function isOneLine(value: string): boolean {
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at)
    if ((code < 32 && code !== 9) || code === 127) return false
  }
  return true
}
