/**
 * A SIP message as the demo's simulated ends read it. They have a reader of their own, much simpler
 * than the engine's, so that the demo is a second opinion on what the gate sends.
 */
export class SipText {
  readonly #lines: readonly string[]
  readonly raw: string
  readonly body: string

  constructor(raw: string) {
    this.raw = raw
    const end = raw.indexOf('\r\n\r\n')
    const head = end < 0 ? raw : raw.slice(0, end)
    // RFC 3261 7.3.1: a line that begins with white space goes on with the one before.
    this.#lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')
    this.body = end < 0 ? '' : raw.slice(end + 4)
  }

  get startLine(): string {
    return this.#lines[0] ?? ''
  }

  /** The method of a request; undefined for an answer. */
  get method(): string | undefined {
    return this.status === undefined ? this.startLine.split(' ')[0] : undefined
  }

  get requestUri(): string {
    return this.startLine.split(' ')[1] ?? ''
  }

  /** The status of an answer; undefined for a request. */
  get status(): number | undefined {
    const match = /^SIP\/2\.0 (\d{3}) /.exec(`${this.startLine} `)
    return match ? Number(match[1]) : undefined
  }

  get phrase(): string {
    return this.startLine.split(' ').slice(2).join(' ')
  }

  /** All values of a header, in order, whatever the case of its name. */
  all(name: string): readonly string[] {
    const prefix = `${name.toLowerCase()}:`
    return this.#lines
      .slice(1)
      .filter((line) => line.replace(/\s*:/, ':').toLowerCase().startsWith(prefix))
      .map((line) => line.slice(line.indexOf(':') + 1).trim())
  }

  /** The first value of a header, or ''. */
  first(name: string): string {
    return this.all(name)[0] ?? ''
  }

  /** The method that the CSeq header names. */
  get cseqMethod(): string {
    return this.first('CSeq').split(/\s+/)[1] ?? ''
  }

  get cseqNumber(): number {
    return Number.parseInt(this.first('CSeq'), 10) || 0
  }
}

/** The address inside `"name" <sip:...>;tag=...`, or the whole value where it has no brackets. */
export function uriOf(value: string): string {
  return /<([^>]*)>/.exec(value)?.[1] ?? value.split(';')[0] ?? ''
}

/** The tag of a From or To, or ''. */
export function tagOf(value: string): string {
  return /;\s*tag=([^;\s>]+)/i.exec(value.slice(value.lastIndexOf('>') + 1))?.[1] ?? ''
}

/** The user part of a URI: for `sip:+1...@host` and `tel:+1...` the number. */
export function userOf(uri: string): string {
  return /^(?:sips?|tel):([^@;>]+)/i.exec(uri)?.[1] ?? ''
}

export interface Lines {
  readonly start: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body?: string
}

/** A message to put on the wire, its length counted. */
export function messageText({ start, headers, body = '' }: Lines): string {
  const type = body === '' ? [] : ['Content-Type: application/sdp']
  const lines = headers.map(([name, value]) => `${name}: ${value}`)
  const length = `Content-Length: ${Buffer.byteLength(body)}`
  return [start, ...lines, ...type, length, '', body].join('\r\n')
}

/** The answer to a request, with what RFC 3261 8.2.6.2 wants copied from it. */
export function answerText(
  request: SipText,
  line: string,
  { toTag = '', contact = '', body = '' } = {},
): string {
  const to = request.first('To')
  const headers: (readonly [string, string])[] = [
    ...request.all('Via').map((via) => ['Via', via] as const),
    ...request.all('Record-Route').map((route) => ['Record-Route', route] as const),
    ['From', request.first('From')],
    ['To', tagOf(to) || toTag === '' ? to : `${to};tag=${toTag}`],
    ['Call-ID', request.first('Call-ID')],
    ['CSeq', request.first('CSeq')],
  ]
  if (contact !== '') headers.push(['Contact', `<${contact}>`])
  return messageText({ start: `SIP/2.0 ${line}`, headers, body })
}

/** An offer or answer for one G.711 stream; nobody listens to it. */
export function sdp(sessionId: number): string {
  const lines = [
    'v=0',
    `o=demo ${sessionId} 1 IN IP4 127.0.0.1`,
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    'm=audio 40000 RTP/AVP 0 8 101',
    'a=rtpmap:101 telephone-event/8000',
    'a=sendrecv',
  ]
  return `${lines.join('\r\n')}\r\n`
}
