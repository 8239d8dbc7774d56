import type { Headers } from '../sip/messages.ts'
import { decimal, type RawMessage } from '../sip/raw-message.ts'
import { tokens } from './headers.ts'

/** RFC 4028 5: no session interval is shorter, seconds. */
const intervalMinS = 90

/**
 * What our 2xx says of a session timer that its request asks for: RFC 4028 9. Each leg has its own,
 * which the engine keeps: what the other side has answered is nothing to this one. Without a word in
 * the request the one refreshes who can, its sender if it knows how.
 */
export function sessionAnswer(request: RawMessage): Headers {
  const [seconds = '', ...params] = (request.first('session-expires') ?? '').split(';')
  const intervalS = decimal(seconds.trim())
  if (intervalS < 0) return {}
  const supports = request.all('supported').flatMap(tokens).includes('timer')
  const named = params.map((param) => /^\s*refresher\s*=\s*(ua[cs])\s*$/i.exec(param)?.[1])
  const wanted = named.find((refresher) => refresher !== undefined)?.toLowerCase()
  const refresher = wanted ?? (supports ? 'uac' : 'uas')
  const value = `${Math.max(intervalMinS, intervalS)};refresher=${refresher}`
  // RFC 4028 9: who has to refresh must understand that it has to.
  const require = refresher === 'uac' && supports ? { Require: 'timer' } : {}
  return { 'Session-Expires': value, ...require }
}
