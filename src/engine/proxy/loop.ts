import { createHash } from 'node:crypto'
import { allHeaders, firstHeader, listHeader } from '../message/headers.ts'
import type { Request } from '../message/message.ts'
import { fromTag, toTag } from '../message/tags.ts'
import { parseVia } from '../message/via.ts'
import type { Listener } from '../transport/types.ts'
import { isListener } from './own-address.ts'

/** RFC 5393 5.3.3.1: how many branches a request may have in all where nobody has said. */
export const maxBreadth = 60

/** Hex digits of a mark: it tells a loop from a spiral, it protects nothing. */
const markDigits = 16

/**
 * The second part of the branch of a forwarded request, RFC 5393 4.2.1: equal for two requests that
 * are forwarded alike. The method and the Via headers are left out of it: what comes back has one
 * Via more each time.
 */
export function loopMark(request: Request): string {
  const hash = createHash('sha256')
  const parts = [
    request.uri,
    toTag(request),
    fromTag(request),
    firstHeader(request, 'Call-ID') ?? '',
    (firstHeader(request, 'CSeq') ?? '').split(/[ \t]/, 1)[0] ?? '',
    ...allHeaders(request, 'Route'),
    ...allHeaders(request, 'Proxy-Require'),
    ...allHeaders(request, 'Proxy-Authorization'),
  ]
  for (const part of parts) hash.update(`${part}\n`)
  return hash.digest('hex').slice(0, markDigits)
}

/** RFC 5393 4.2.2: whether we have forwarded this very request already. */
export function isLoop(request: Request, listeners: readonly Listener[]): boolean {
  let mark: string | undefined
  for (const value of listHeader(request, 'Via')) {
    const via = parseVia(value)
    if (!via || !isListener(listeners, via.host, via.port)) continue
    mark ??= loopMark(request)
    if (via.branch?.endsWith(`-${mark}`)) return true
  }
  return false
}
