/** What a test call comes to, by the number called. */
export type TestPlan =
  | { readonly kind: 'answer' }
  | {
      readonly kind: 'refuse'
      readonly rings: boolean
      readonly status: number
      readonly phrase: string
    }
  | { readonly kind: 'never' }

// biome-ignore format: one plan a line
const plans: Readonly<Record<string, TestPlan>> = {
  '0404': { kind: 'refuse', rings: false, status: 404, phrase: 'Not Found' },
  '0408': { kind: 'never' },
  '0480': { kind: 'refuse', rings: true, status: 480, phrase: 'Temporarily Unavailable' },
  '0486': { kind: 'refuse', rings: true, status: 486, phrase: 'Busy Here' },
  '0603': { kind: 'refuse', rings: true, status: 603, phrase: 'Decline' },
}

const planDigits = 4

/** What the built-in callee does: numbers that end in 0 and a status hear that, all others an answer. */
export function testPlan(called: string): TestPlan {
  return plans[called.slice(-planDigits)] ?? { kind: 'answer' }
}

/** More lines than an honest offer has. */
const linesMax = 500
/** RFC 863: where what is sent anyway is thrown away. */
const discardPort = 9
const profiles: ReadonlySet<string> = new Set(['RTP/AVP', 'RTP/AVPF'])

/**
 * The answer of a callee without a voice: every audio stream is taken with the codecs offered, and
 * inactive; all else is declined. Undefined where nothing of the offer can be taken. RFC 3264 6. Each
 * description of a session has a higher version than the one before (RFC 3264 8).
 */
export function silentAnswer(offer: string, version: number): string | undefined {
  const lines = offer.split(/\r\n|\r|\n/, linesMax)
  const session = head(version)
  let taken = false
  let keeping = false
  for (const line of lines) {
    if (line.startsWith('m=')) {
      const [media = '', , profile = '', ...formats] = line.slice(2).split(' ')
      keeping = media === 'audio' && profiles.has(profile) && formats.length > 0 && !taken
      taken ||= keeping
      session.push(`m=${media} ${keeping ? discardPort : 0} ${profile} ${formats.join(' ')}`)
      if (keeping) session.push('a=inactive')
    } else if (keeping && /^a=(?:rtpmap|fmtp|ptime):/.test(line)) session.push(line)
  }
  return taken ? text(session) : undefined
}

/** What is offered to a caller who did not offer anything. RFC 3264 5. */
export function silentOffer(version: number): string {
  return text([...head(version), `m=audio ${discardPort} RTP/AVP 0 8`, 'a=inactive'])
}

function head(version: number): string[] {
  const nowhere = 'IN IP4 0.0.0.0'
  return ['v=0', `o=tollgate 1 ${version} ${nowhere}`, 's=-', `c=${nowhere}`, 't=0 0']
}

function text(lines: readonly string[]): string {
  return `${lines.join('\r\n')}\r\n`
}
