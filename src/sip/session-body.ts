import { RawMessage } from './raw-message.ts'

/** The description of a session in a message, as it can be sent on. */
export interface SessionBody {
  /** Its Content-Type; undefined where none was written. */
  readonly type: string | undefined
  readonly text: string
  /** It was one part of several: what the message's head says of its body is not about it. */
  readonly isPart: boolean
}

/** More parts than an honest body has. */
export const partsMax = 16
/** How deep one may lie in another. */
export const depthMax = 3

const sdpType = /^application\/sdp[ \t]*(?:;|$)/i
const multipartType = /^multipart\/([\w-]{1,32})[ \t]*;/i
/** RFC 2046 5.1.1. */
const boundaryParam =
  /;[ \t]*boundary[ \t]*=[ \t]*(?:"([\w'()+,./:=? -]{1,70})"|([\w'()+./:=?-]{1,70}))/i
/** RFC 2045 6: in these the text is the content itself. */
export const plainEncodings: ReadonlySet<string> = new Set(['7bit', '8bit', 'binary'])

/** The session that the body describes, alone or as one of several parts. Never throws. */
export function sessionOf(message: RawMessage): SessionBody | undefined {
  if (message.body === '') return undefined
  const type = message.first('content-type')
  const isAlone = type === undefined ? message.body.startsWith('v=0') : sdpType.test(type)
  if (isAlone) return { type, text: message.body, isPart: false }
  const text = partOf(message, depthMax)
  return text === undefined ? undefined : { type: 'application/sdp', text, isPart: true }
}

/** Whether the body describes a session, alone or as one part of several. */
export function hasSession(message: RawMessage): boolean {
  return sessionOf(message) !== undefined
}

/** The session among the parts of a body; the last of those that are alternatives. RFC 2046 5.1.4. */
function partOf(message: RawMessage, depthLeft: number): string | undefined {
  const type = message.first('content-type') ?? ''
  const kind = multipartType.exec(type)?.[1]?.toLowerCase()
  const [, quoted, bare] = boundaryParam.exec(type) ?? []
  const boundary = quoted ?? bare
  if (kind === undefined || boundary === undefined || depthLeft === 0) return undefined
  const sessions = partsOf(message.body, boundary).flatMap((part) => {
    const encoding = part.first('content-transfer-encoding')?.toLowerCase() ?? 'binary'
    if (!plainEncodings.has(encoding)) return []
    const isSdp = sdpType.test(part.first('content-type') ?? '')
    const text = isSdp ? part.body : partOf(part, depthLeft - 1)
    return text ? [text] : []
  })
  return kind === 'alternative' ? sessions.at(-1) : sessions[0]
}

/** RFC 2046 5.1.1: what stands between two lines of the boundary, each with a head of its own. */
function partsOf(body: string, boundary: string): readonly RawMessage[] {
  const escaped = boundary.replace(/\W/g, '\\$&')
  const line = new RegExp(`(?:^|\\r?\\n)--${escaped}(--)?[ \\t]*(?=\\r?\\n|$)`, 'g')
  const parts: RawMessage[] = []
  let from = -1
  for (const found of body.matchAll(line)) {
    // Behind the boundary the rest of its line stands for the start line of a message.
    if (from >= 0) parts.push(new RawMessage(body.slice(from, found.index)))
    from = found.index + found[0].length
    if (found[1] !== undefined || parts.length === partsMax) break
  }
  return parts
}
