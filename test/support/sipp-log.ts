/** One SIP message as SIPp logged it. */
export interface LoggedMessage {
  readonly sent: boolean
  /** Milliseconds since 1970, as SIPp's clock saw it. */
  readonly atMs: number
  readonly text: string
}

const entry =
  /^-{40,} (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6})\r?\n(?:UDP|TCP) message (sent|received) [^\n]*\n\n/gm

/** Reads the file that `-trace_msg` writes. */
export function parseMessageLog(text: string): LoggedMessage[] {
  const heads = [...text.matchAll(entry)]
  return heads.map((head, index) => {
    const [whole, time = '', direction] = head
    const end = heads[index + 1]?.index ?? text.length
    return {
      sent: direction === 'sent',
      atMs: Date.parse(`${time.replace(' ', 'T')}Z`),
      text: text.slice(head.index + whole.length, end),
    }
  })
}

/** Every value of a header, in order; names have no case. */
export function headerValues(message: string, name: string): string[] {
  const head = message.split(/\r?\n\r?\n/, 1)[0] ?? ''
  return head.split(/\r?\n/).flatMap((line) => {
    const colon = line.indexOf(':')
    const same = line.slice(0, colon).trim().toLowerCase() === name.toLowerCase()
    return colon > 0 && same ? [line.slice(colon + 1).trim()] : []
  })
}

/** The messages whose start line begins with this: `INVITE `, `SIP/2.0 200`. */
export function startingWith(messages: readonly LoggedMessage[], start: string): LoggedMessage[] {
  return messages.filter(({ text }) => text.startsWith(start))
}

/** Counters of the last line that `-trace_stat` wrote, by the names of its first. */
export function parseStatistics(text: string): Map<string, number> {
  const lines = text.trim().split('\n')
  const names = lines[0]?.split(';') ?? []
  const values = lines.at(-1)?.split(';') ?? []
  return new Map(names.map((name, index) => [name, Number(values[index])]))
}

/** The Call-IDs of calls that heard what a gate may only say once the decision is on record. */
export function answeredCalls(messages: readonly LoggedMessage[]): string[] {
  const heard = messages.filter(({ sent, text }) => !sent && /^SIP\/2\.0 (18|2)/.test(text))
  return [...new Set(heard.flatMap(({ text }) => headerValues(text, 'Call-ID')))]
}
