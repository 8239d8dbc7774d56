import { readName } from './header-names.ts'
import { splitList } from './headers.ts'
import { headersMax, lineCharsMax } from './limits.ts'
import type { Header } from './message.ts'
import { space, tab, trimmedSlice } from './text.ts'

/** A start line and header section, taken apart. */
export interface Head {
  readonly startLine: string
  readonly headers: Header[]
  /** The first thing that is wrong with the lines, if any. */
  readonly fault: string | undefined
  /** Whether that fault is a limit of ours. All lines were read all the same, so that it can be answered. */
  readonly isTooLarge: boolean
  /**
   * True when line breaks leave open what the lines are, so that nothing in them may be relied on:
   * neither to answer nor to find where the message ends.
   */
  readonly unreadable: boolean
}

/** Headers whose entries we give one by one: the engine works on their first entry (7.3.1). */
const splitNames = new Set(['Via', 'Route', 'Record-Route'])

/**
 * Takes the head of a message apart: `text` is everything before the empty line. All line breaks
 * are CRLF, or all are bare LF; a mixture is unreadable, because two readers could see two
 * different messages in it. Bare LF is for datagrams alone, since there it can't move the place
 * where a message ends. One pass, time linear in `text`.
 */
export function readHead(text: string, bareAllowed: boolean): Head {
  const reader = new HeadReader(text)
  reader.run(bareAllowed)
  return reader
}

class HeadReader implements Head {
  startLine = ''
  readonly headers: Header[] = []
  fault: string | undefined
  isTooLarge = false
  unreadable = false
  readonly #text: string
  #name: string | undefined
  #value = ''
  #inHeader = false

  constructor(text: string) {
    this.#text = text
  }

  run(bareAllowed: boolean): void {
    const text = this.#text
    const firstBreak = text.indexOf('\n')
    const bare = firstBreak >= 0 && text.charCodeAt(firstBreak - 1) !== 13
    if (bare && (!bareAllowed || text.indexOf('\r') >= 0)) this.#giveUp('Mixed line breaks')
    let at = 0
    let colon = -1
    while (at < text.length && !this.unreadable) {
      const found = text.indexOf('\n', at)
      const lineBreak = found < 0 ? text.length : found
      const end = bare || found < 0 ? lineBreak : lineBreak - 1
      const mixed = !bare && text.indexOf('\r', at) !== (found < 0 ? -1 : end)
      // Looked for only when passed, so that lines without one don't make this quadratic.
      if (colon < at) colon = text.indexOf(':', at)
      if (colon < 0) colon = text.length
      if (mixed) this.#giveUp('Mixed line breaks')
      else this.#line(at, end, colon)
      at = lineBreak + 1
    }
    this.#flush()
  }

  #line(start: number, end: number, colon: number): void {
    const first = this.#text.charCodeAt(start)
    if (start === 0) this.startLine = this.#text.slice(0, end)
    else if (first === space || first === tab) this.#fold(start, end)
    else this.#header(start, end, colon)
    if (end - start > lineCharsMax) this.#exceed('Line too long')
  }

  #header(start: number, end: number, colon: number): void {
    this.#flush()
    this.#inHeader = true
    const raw = trimmedSlice(this.#text, start, Math.min(colon, end))
    this.#name = readName(raw)
    if (colon >= end) this.#name = undefined
    if (this.#name === undefined) this.#blame('Malformed header line')
    else this.#value = trimmedSlice(this.#text, colon + 1, end)
  }

  /** RFC 3261 7.3.1: a line that begins with white space continues the one before. */
  #fold(start: number, end: number): void {
    if (!this.#inHeader) this.#giveUp('Folded start line')
    const more = trimmedSlice(this.#text, start, end)
    const gap = this.#value === '' || more === '' ? '' : ' '
    this.#value += gap + more
    if (this.#value.length > lineCharsMax) this.#exceed('Header too long')
  }

  #flush(): void {
    const name = this.#name
    if (name === undefined) return
    const value = this.#value
    if (splitNames.has(name) && value.indexOf(',') >= 0) {
      for (const entry of splitList(value)) this.headers.push({ name, value: entry })
    } else {
      this.headers.push({ name, value })
    }
    this.#name = undefined
    this.#value = ''
    if (this.headers.length > headersMax) this.#exceed('Too many headers')
  }

  #blame(fault: string): void {
    this.fault ??= fault
  }

  #exceed(fault: string): void {
    this.isTooLarge ||= this.fault === undefined
    this.#blame(fault)
  }

  #giveUp(fault: string): void {
    this.#name = undefined
    this.#blame(fault)
    this.unreadable = true
  }
}
