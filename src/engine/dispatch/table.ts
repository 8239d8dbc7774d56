import { allHeaders } from '../message/headers.ts'
import type { Request } from '../message/message.ts'
import { type Decision, readDecision } from './decision.ts'
import { compilePattern } from './pattern.ts'
import type { HandlerRow } from './settings.ts'

/** Most rows of a table: it is read from the top for every request. */
export const rowsMax = 1_000

/** The decision of the first row that fits, or undefined. */
export type DecisionTable = (request: Request) => Decision | undefined

interface Row {
  readonly methods: ReadonlySet<string> | undefined
  readonly fits: (uri: string) => boolean
  readonly header: HandlerRow['header']
  readonly decision: Decision
}

/** Makes a table of its rows; throws at a row that says nothing that can be done. */
export function createTable(rows: readonly HandlerRow[]): DecisionTable {
  if (rows.length > rowsMax) throw new Error(`more than ${rowsMax} request handlers`)
  const compiled = rows.map(compileRow)
  return (request) =>
    compiled.find(
      ({ methods, fits, header }) =>
        (methods?.has(request.method) ?? true) && fits(request.uri) && bears(request, header),
    )?.decision
}

function compileRow(row: HandlerRow, at: number): Row {
  const decision = readDecision(row.decision)
  if (!decision) throw new Error(`request handler ${at + 1}: no such decision`)
  const methods = row.methods && new Set(row.methods)
  return { methods, fits: matcherOf(row, at), header: row.header, decision }
}

function bears(request: Request, header: HandlerRow['header']): boolean {
  if (!header) return true
  const text = header.includes.toLowerCase()
  return allHeaders(request, header.name).some((value) => value.toLowerCase().includes(text))
}

function matcherOf({ prefix, pattern }: HandlerRow, at: number): (uri: string) => boolean {
  if (pattern === undefined) return (uri) => uri.startsWith(prefix ?? '')
  const fits = compilePattern(pattern)
  if (!fits) throw new Error(`request handler ${at + 1}: the pattern is not a simple one`)
  return (uri) => uri.startsWith(prefix ?? '') && fits(uri)
}
