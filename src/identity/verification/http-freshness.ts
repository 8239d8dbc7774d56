import type { IncomingHttpHeaders } from 'node:http'

/** ATIS-1000074: certificates are kept for a day where HTTP says nothing, and never longer. */
const keepMaxMs = 24 * 3_600_000

/** How long what came with these headers may be kept: RFC 9111 4.2, for a private cache. */
export function keepMs(headers: IncomingHttpHeaders, nowMs: number): number {
  const control = directives(headers['cache-control'])
  if (control.has('no-store') || control.has('no-cache')) return 0
  const maxAge = control.get('max-age')
  const ageMs = seconds(headers.age) ?? 0
  if (maxAge !== undefined) return bounded((seconds(maxAge) ?? 0) - ageMs)
  if (headers.expires === undefined) return bounded(keepMaxMs - ageMs)
  const expiresMs = Date.parse(headers.expires)
  const dateMs = Date.parse(headers.date ?? '')
  // RFC 9111 5.3: an unreadable moment is past.
  if (Number.isNaN(expiresMs)) return 0
  return bounded(expiresMs - (Number.isNaN(dateMs) ? nowMs : dateMs) - ageMs)
}

function directives(value: string | undefined): ReadonlyMap<string, string> {
  const pairs = (value ?? '').split(',').map((part) => {
    const [name = '', argument = ''] = part.split('=', 2).map((text) => text.trim().toLowerCase())
    return [name, argument.replace(/^"(.*)"$/, '$1')] as const
  })
  // RFC 9111 4.2.1: of two that contradict the first counts; a map would take the last.
  return new Map(pairs.toReversed())
}

/** RFC 9111 1.2.2, as milliseconds. */
function seconds(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined
  return Number(text) * 1000
}

function bounded(ms: number): number {
  return Math.min(keepMaxMs, Math.max(0, ms))
}
