import { canonicalName, isCanonicalName } from './header-names.ts'
import type { Header, Message } from './message.ts'
import { comma, greaterThan, lessThan, quote, quotedEnd, trimmedSlice } from './text.ts'

type HeaderList = readonly Header[]

/** Whether `value` may stand in a header line: it has no line break to smuggle another one with. */
export function isSafeHeaderValue(value: string): boolean {
  return value.indexOf('\n') < 0 && value.indexOf('\r') < 0
}

/** The value of the first header of this name, which is given in canonical case. */
export function firstHeader(message: Pick<Message, 'headers'>, name: string): string | undefined {
  const { headers } = message
  for (let at = 0; at < headers.length; at++) {
    const header = headers[at]
    if (header?.name === name) return header.value
  }
  return isCanonicalName(name) ? undefined : headers.find(bearing(name))?.value
}

/** The values of all headers of this name (given in canonical case), in their order. */
export function allHeaders(message: Pick<Message, 'headers'>, name: string): string[] {
  const values: string[] = []
  const matches = bearing(name)
  for (const header of message.headers) if (matches(header)) values.push(header.value)
  return values
}

/** The same headers and one more before all others: a Via, a Record-Route. */
export function withFirstHeader(headers: HeaderList, name: string, value: string): Header[] {
  return [{ name: canonicalName(name), value }, ...headers]
}

/** The headers without any of this name. */
export function withoutHeader(headers: HeaderList, name: string): Header[] {
  const matches = bearing(canonicalName(name))
  return headers.filter((header) => !matches(header))
}

/** The headers with exactly one of this name, where the first was, or at the end. */
export function replaceHeader(headers: HeaderList, name: string, value: string): Header[] {
  const canonical = canonicalName(name)
  const at = headers.findIndex(bearing(canonical))
  const others = withoutHeader(headers, canonical)
  return others.toSpliced(at < 0 ? others.length : at, 0, { name: canonical, value })
}

/** The headers with the value of the first of this name changed, the others of it untouched. */
export function replaceFirstHeader(headers: HeaderList, name: string, value: string): Header[] {
  const at = headers.findIndex(bearing(name))
  const header = { name: canonicalName(name), value }
  return at < 0 ? [...headers, header] : headers.with(at, header)
}

/** The entries of a comma-separated value; commas in quotes and angle brackets do not separate. */
export function splitList(value: string): string[] {
  if (value.indexOf(',') < 0) return value === '' ? [] : [value]
  const entries: string[] = []
  let start = 0
  let inBrackets = false
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at)
    if (code === lessThan) inBrackets = true
    else if (code === greaterThan) inBrackets = false
    else if (inBrackets) continue
    else if (code === quote) {
      const end = quotedEnd(value, at)
      if (end < 0) break
      at = end - 1
    } else if (code === comma) {
      pushEntry(entries, trimmedSlice(value, start, at))
      start = at + 1
    }
  }
  pushEntry(entries, trimmedSlice(value, start, value.length))
  return entries
}

/** All entries of a list header (Supported, Allow, Contact...), over all its occurrences. */
export function listHeader(message: Pick<Message, 'headers'>, name: string): string[] {
  const entries: string[] = []
  for (const value of allHeaders(message, name)) entries.push(...splitList(value))
  return entries
}

function pushEntry(entries: string[], entry: string): void {
  if (entry !== '') entries.push(entry)
}

/** Names that we know are compared as they stand, since parsing made them canonical. */
function bearing(name: string): (header: Header) => boolean {
  if (isCanonicalName(name)) return (header) => header.name === name
  const lower = name.toLowerCase()
  return (header) => header.name.length === lower.length && header.name.toLowerCase() === lower
}
