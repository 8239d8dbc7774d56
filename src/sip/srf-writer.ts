import parser from 'drachtio-srf/lib/sip-parser/parser.js'

/** What a SIP text is made of; whatever else stands there is not written. */
export interface Written {
  readonly method?: string | undefined
  readonly uri?: string | undefined
  readonly version?: string | undefined
  readonly status?: number | undefined
  readonly reason?: string | undefined
  readonly headers?: Readonly<Record<string, unknown>> | undefined
  readonly body?: string | undefined
}

const shownNames: Readonly<Record<string, string>> = {
  'call-id': 'Call-ID',
  'content-length': 'Content-Length',
}
const lengthName = 'content-length'

/** Writes a message as drachtio-srf does; what holds parsed values, drachtio-srf writes itself. */
export function writeSipText(message: Written): string {
  const { headers = {}, body } = message
  const length = (body || '').length
  let lines = ''
  let hasLength = false
  for (const name of Object.keys(headers)) {
    const isLength = name === lengthName
    const value = isLength ? length : headers[name]
    if (!isLength && typeof value !== 'string') return writtenByOriginal(message)
    hasLength ||= isLength
    lines += `${shownNames[name] ?? name}: ${value}\r\n`
  }
  const start = startLine(message)
  if (start === undefined) return writtenByOriginal(message)
  if (!hasLength) lines += `Content-Length: ${length}\r\n`
  return `${start}\r\n${lines}\r\n${body || ''}`
}

function startLine({ method, uri, version, status, reason }: Written): string | undefined {
  if (status) return `SIP/${version || '2.0'} ${status} ${reason}`
  return typeof uri === 'string' ? `${method} ${uri} SIP/${version || '2.0'}` : undefined
}

function writtenByOriginal(message: Written): string {
  return parser.stringifySipMessage({ ...message, headers: { ...message.headers } })
}
