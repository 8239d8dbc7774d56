import { textOf } from '../../kernel/byte-text.ts'
import { readName, wireName } from '../message/header-names.ts'
import { headersMax, messageBytesMax } from '../message/limits.ts'
import type { Header } from '../message/message.ts'
import { parseStatus } from '../message/start-line.ts'
import { trimmedSlice } from '../message/text.ts'
import type { AppRequest, AppResponse } from './types.ts'

/** How an empty line can end the headers: apps may end their lines in CRLF, LF or CR. */
const blankLines = ['\n\r\n', '\n\n', '\r\r'] as const

/**
 * Reads the SIP text of a frame, forgiving what the real server forgives (PROTOCOL 4): any line
 * ending, no headers, no body, malformed header lines (skipped). Undefined when the start line is
 * none, a control character stands in the head, or a bound of the message room is exceeded.
 */
export function parseAppMessage(text: Buffer): AppRequest | AppResponse | undefined {
  if (text.length > messageBytesMax) return undefined
  const { headEnd, bodyStart } = findBody(text)
  const head = textOf(text, 0, headEnd)
  const lines = splitLines(head)
  const startLine = lines[0] ?? ''
  if (lines.length > headersMax || lines.some(hasControl)) return undefined
  const headers = readHeaders(lines)
  const body = text.subarray(bodyStart)
  if (startLine.startsWith('SIP/')) return readResponse(startLine, headers, body)
  return readRequest(startLine, headers, body)
}

function readRequest(startLine: string, headers: Header[], body: Buffer): AppRequest | undefined {
  const [method = '', uri = '', version] = startLine.split(' ')
  if (method === '' || (version !== undefined && version !== 'SIP/2.0')) return undefined
  return { kind: 'request', startLine, method, uri, headers, body }
}

function readResponse(startLine: string, headers: Header[], body: Buffer): AppResponse | undefined {
  const codeStart = startLine.indexOf(' ') + 1
  const status = parseStatus(startLine.slice(codeStart, codeStart + 3))
  if (codeStart === 0 || status === undefined) return undefined
  return { kind: 'response', status, reason: startLine.slice(codeStart + 4), headers, body }
}

function findBody(text: Buffer): { headEnd: number; bodyStart: number } {
  let headEnd = text.length
  let bodyStart = text.length
  for (const blank of blankLines) {
    const at = text.indexOf(blank)
    if (at < 0 || at >= headEnd) continue
    headEnd = at
    bodyStart = at + blank.length
  }
  return { headEnd, bodyStart }
}

function splitLines(head: string): string[] {
  const lines = head.split('\r\n')
  const last = lines.length - 1
  // The line before the empty one keeps its CR, because the search ends at the LF.
  if (lines[last]?.endsWith('\r')) lines[last] = lines[last]?.slice(0, -1) ?? ''
  if (!lines.some((line) => line.includes('\n') || line.includes('\r'))) return lines
  return lines.flatMap((line) => line.split(/\r|\n/))
}

function readHeaders(lines: readonly string[]): Header[] {
  const headers: Header[] = []
  for (let at = 1; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const colon = line.indexOf(':')
    const name = colon < 1 ? undefined : readName(line.slice(0, colon).trimEnd())
    if (name === undefined) continue
    headers.push({ name: wireName(name), value: trimmedSlice(line, colon + 1, line.length) })
  }
  return headers
}

function hasControl(line: string): boolean {
  for (let at = 0; at < line.length; at++) {
    const code = line.charCodeAt(at)
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) return true
  }
  return false
}
