/** Header lines made to be dear to read: so many bytes of them, each with its line break. */
export type Hostile = (size: number) => string

const filled = (line: string) => (size: number) => `${line}\r\n`.repeat(size / (line.length + 2))

/** One header line of about a thousand characters from a piece, as often as it fits. */
const piled =
  (before: string, piece: string, after = '') =>
  (size: number) =>
    filled(before + piece.repeat(1_000 / piece.length) + after)(size)

/** The longest line that is read, or less where less is asked for. */
const stretched =
  (before: string, piece: string, after = '') =>
  (size: number) => {
    const room = Math.min(size, 8_000) - before.length - after.length
    return `${before}${piece.repeat(Math.max(0, room / piece.length))}${after}\r\n`
  }

const via = 'Via: SIP/2.0/UDP '

/** What somebody could send who wants a parser to work: the shape, by what it is full of. */
export const hostile: Readonly<Record<string, Hostile>> = {
  'lines without a colon': filled('a'),
  'a colon only at the end': (size) => `${filled('a')(size - 8)}b: c\r\n`,
  'bare line feeds': (size) => 'a\n'.repeat(size / 2),
  'empty headers': filled('a:'),
  'folds of one header': (size) => `Subject: a\r\n${' a\r\n'.repeat(size / 4)}`,
  'folds of nothing': (size) => `Subject: a\r\n${' \r\n'.repeat(size / 3)}`,
  'folds of headers without a colon': (size) => `Subject\r\n${' a\r\n'.repeat(size / 4)}`,
  'Via entries': (size) => `v:${'a,'.repeat(200)}\r\n`.repeat(size / 404),
  'Via headers': filled('v: SIP/2.0/UDP a;branch=z9hG4bKa'),
  'Via parameters': piled(`${via}a`, ';a'),
  'Via parameters without a name': piled(`${via}a`, ';'),
  'white space in a Via': piled(via, ' ', 'a'),
  'white space in a sent-by': stretched(`${via}a`, ' ', 'b;branch=z9hG4bKa'),
  'colons in a sent-by': stretched(`${via}a`, ':'),
  'slashes in a Via': piled('Via: SIP', '/'),
  'Route entries': piled('Route: ', '<sip:a>,'),
  'commas in a Route': piled('Route: ', ','),
  'unclosed quotes': piled('Route: ', '"\\'),
  'quoted strings': piled('Route: ', '"a"'),
  'one quoted string': stretched('From: "', '\\"', '" <sip:a@b>'),
  'escapes that end nothing': stretched('To: "', '\\'),
  'open brackets': piled('Record-Route:', '<,'),
  'nested brackets': stretched('From: ', '<', '>'),
  'closing brackets': stretched('From: <sip:a@b', '>', ';tag=a'),
  'parameters of From': stretched('From: <sip:a@b>', ';a=b'),
  'tags of From': stretched('From: <sip:a@b>', ';tag=a'),
  'white space around parameters': stretched('From: <sip:a@b>', ' ; a = b'),
  'at signs in From': stretched('From: <sip:', '@', '>'),
  'white space': piled('Subject:', ' \t'),
  'white space before a colon': piled('Subject', ' ', ':'),
  digits: piled('Content-Length: ', '0'),
  'a long Call-ID': stretched('Call-ID: ', 'a|'),
  'a long CSeq': stretched('CSeq: ', '0', ' OPTIONS'),
  'white space in CSeq': stretched('CSeq: 1', ' ', 'OPTIONS'),
  'Contact entries': piled('Contact: ', '*,'),
  'unknown headers': filled('Xaa: b'),
  'names of many characters': stretched('', 'Ab-', ': c'),
  'no characters of ASCII': stretched('Subject: ', '\u{1f4de}'),
  localhosts: stretched('Contact: <sip:', 'a@localhost:', '>'),
}

/** A request of this shape: a good one, then the lines. */
export function hostileRequest(shape: Hostile, size: number): Buffer {
  const lines = shape(size)
  const lineBreak = lines.includes('\r') ? '\r\n' : '\n'
  return Buffer.from(`OPTIONS sip:a SIP/2.0${lineBreak}${lines}${lineBreak}`)
}
