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
  readonly decision: Decision
}

/** Makes a table of its rows; throws at a row that says nothing that can be done. */
export function createTable(rows: readonly HandlerRow[]): DecisionTable {
  if (rows.length > rowsMax) throw new Error(`more than ${rowsMax} request handlers`)
  const compiled = rows.map(compileRow)
  return (request) =>
    compiled.find(
      ({ methods, fits }) => (methods?.has(request.method) ?? true) && fits(request.uri),
    )?.decision
}

function compileRow(row: HandlerRow, at: number): Row {
  const decision = readDecision(row.decision)
  if (!decision) throw new Error(`request handler ${at + 1}: no such decision`)
  return { methods: row.methods && new Set(row.methods), fits: matcherOf(row, at), decision }
}

function matcherOf({ prefix, pattern }: HandlerRow, at: number): (uri: string) => boolean {
  if (pattern === undefined) return (uri) => uri.startsWith(prefix ?? '')
  const fits = compilePattern(pattern)
  if (!fits) throw new Error(`request handler ${at + 1}: the pattern is not a simple one`)
  return (uri) => uri.startsWith(prefix ?? '') && fits(uri)
}
