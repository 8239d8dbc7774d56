/** What every answer has: nothing is kept by caches, framed, guessed at or passed on. */
export function commonHeaders(isSecured: boolean): Readonly<Record<string, string>> {
  return {
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    // RFC 6797 7.2: not over plain HTTP.
    ...(isSecured && { 'strict-transport-security': 'max-age=31536000' }),
  }
}
