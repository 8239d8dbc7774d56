import type { CellFault } from './csv.ts'

const e164Pattern = /^\+?([1-9]\d{6,14})$/

/** A number of a file in E.164 with `+`, with which it may come or not; undefined where it is none. */
export function e164Of(cell: string): string | undefined {
  const digits = e164Pattern.exec(cell)?.[1]
  return digits === undefined ? undefined : `+${digits}`
}

/** What is wrong with a column of a line. */
export function fault(column: string, reason: string): CellFault {
  return { column, reason }
}

/** Why a cell is no moment, as `momentOf` reads them. */
export const notMoment = 'is neither a date nor a moment with its offset'
