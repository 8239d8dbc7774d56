/** RFC 3261 7.3.3 and 20: the short names of what is often in a response. */
const shortNames: Readonly<Record<string, string>> = {
  Via: 'v',
  From: 'f',
  To: 't',
  'Call-ID': 'i',
  Contact: 'm',
  Supported: 'k',
  'Content-Type': 'c',
}

/** Content-Length: over UDP an empty body need not be counted, RFC 3261 18.3. The others are optional. */
const dispensable = /^(?:Content-Length: 0|(?:Server|User-Agent|Organization|Date): .*)\r\n/gm

/** The same response of ours in fewer bytes, for UDP: short names, and no header that can be missed. */
export function compact(message: Buffer): Buffer {
  const text = message.toString('latin1')
  const headEnd = text.indexOf('\r\n\r\n') + 2
  const head = text
    .slice(0, headEnd)
    .replace(dispensable, '')
    .replace(/^([A-Z][A-Za-z-]*): /gm, (all, name: string) => {
      const short = shortNames[name]
      return short ? `${short}:` : all
    })
  return Buffer.from(head + text.slice(headEnd), 'latin1')
}
