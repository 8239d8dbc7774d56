/** RFC 3261 7.3.3 and 20: the short names of what a response copies from its request. */
const shortNames: Readonly<Record<string, string>> = {
  Via: 'v',
  From: 'f',
  To: 't',
  'Call-ID': 'i',
  Contact: 'm',
}

const noBodyLine = 'Content-Length: 0\r\n'

/**
 * The same message of ours in fewer bytes: short header names, and over UDP an empty body need not be
 * counted (RFC 3261 18.3).
 */
export function compact(message: Buffer): Buffer {
  const text = message.toString('latin1')
  const headEnd = text.indexOf('\r\n\r\n') + 2
  const head = text
    .slice(0, headEnd)
    .replace(/^(Via|From|To|Call-ID|Contact): /gm, (_, name: string) => `${shortNames[name]}:`)
    .replace(noBodyLine, '')
  return Buffer.from(head + text.slice(headEnd), 'latin1')
}
