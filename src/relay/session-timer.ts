import type { Headers } from '../sip/messages.ts'
import { decimal, type RawMessage } from '../sip/raw-message.ts'
import { tokens } from './headers.ts'

/** RFC 4028 5: no session interval is shorter, seconds. */
const intervalMinS = 90

/**
 * What our 2xx says of a session timer: RFC 4028 9. Each leg has its own, which the engine keeps:
 * what the other side has answered is nothing to this one. Where the request says nothing of who
 * refreshes it is who can, its sender if it knows how. Where it asks for no timer at all we keep one
 * of `ownS` seconds and refresh: nobody else would notice that a caller has vanished. 0: none.
 */
export function sessionAnswer(request: RawMessage, ownS: number): Headers {
  const [seconds = '', ...params] = (request.first('session-expires') ?? '').split(';')
  const intervalS = decimal(seconds.trim())
  if (intervalS < 0) return ownS > 0 ? ownTimer(request, ownS) : {}
  const tags = request.all('supported').flatMap(tokens)
  // RFC 3261 7.3.1: tokens are the same in whatever case.
  const supports = tags.some((tag) => tag.toLowerCase() === 'timer')
  const named = params.map((param) => /^\s*refresher\s*=\s*(ua[cs])\s*$/i.exec(param)?.[1])
  const wanted = named.find((refresher) => refresher !== undefined)?.toLowerCase()
  const refresher = wanted ?? (supports ? 'uac' : 'uas')
  const value = `${Math.max(intervalMinS, intervalS)};refresher=${refresher}`
  // RFC 4028 9: who has to refresh must understand that it has to.
  const require = refresher === 'uac' && supports ? { Require: 'timer' } : {}
  return { 'Session-Expires': value, ...require }
}

/** RFC 4028 9: a UAS may have a timer that nobody asked for, if it refreshes the session itself. */
function ownTimer(request: RawMessage, ownS: number): Headers {
  const [leastS = ''] = (request.first('min-se') ?? '').split(';')
  const intervalS = Math.max(intervalMinS, ownS, decimal(leastS.trim()))
  return { 'Session-Expires': `${intervalS};refresher=uas` }
}
