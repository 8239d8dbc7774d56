import { parseParams } from './params.ts'
import { parseDecimal } from './text.ts'

/** A Session-Expires value, RFC 4028 4. */
export interface SessionExpires {
  readonly intervalS: number
  /** Who refreshes: the sender of the request or of its response. */
  readonly refresher: 'uac' | 'uas' | undefined
}

/** RFC 3261 25.1: delta-seconds, of which more than 32 bits are not used. */
const secondsMax = 2 ** 32 - 1

/** Reads `1800;refresher=uas`; undefined when it is anything else. */
export function parseSessionExpires(value: string): SessionExpires | undefined {
  const semicolonAt = value.indexOf(';')
  const end = semicolonAt < 0 ? value.length : semicolonAt
  const intervalS = parseDecimal(value.slice(0, end).trim(), secondsMax)
  const params = parseParams(value, end)
  if (intervalS === undefined || !params) return undefined
  const refresher = params.get('refresher')?.toLowerCase()
  return {
    intervalS,
    refresher: refresher === 'uac' || refresher === 'uas' ? refresher : undefined,
  }
}

/** Reads a value that is a number of seconds, parameters aside: Min-SE, Expires, Retry-After. */
export function parseSeconds(value: string): number | undefined {
  return parseDecimal(/^\s*(\d{1,10})/.exec(value)?.[1] ?? '', secondsMax)
}
