import type { CellFault } from './csv.ts'

const e164Pattern = /^\+?([1-9]\d{6,14})$/

/** Why a cell is no number, as `e164Reader` reads them. */
export const notE164 = 'is not E.164 with its country code'

/** Reads a number of a file; undefined where it is none. */
export type E164Reader = (cell: string) => string | undefined

/** Makes what reads the numbers of one file. */
export async function e164Reader(): Promise<E164Reader> {
  // On demand: whoever declares things can read such a file, and hardly any command does.
  const { createPossible } = await import('../numbering/possible.ts')
  const isPossible = createPossible()
  return (cell) => {
    const e164 = e164Of(cell)
    return e164 !== undefined && isPossible(e164.slice(1)) ? e164 : undefined
  }
}

/** A number of a file in E.164 with `+`, with which it may come or not; undefined where it is none. */
function e164Of(cell: string): string | undefined {
  const digits = e164Pattern.exec(cell)?.[1]
  return digits === undefined ? undefined : `+${digits}`
}

/** What is wrong with a column of a line. */
export function fault(column: string, reason: string): CellFault {
  return { column, reason }
}

/** Why a cell is no moment, as `momentOf` reads them. */
export const notMoment = 'is neither a date nor a moment with its offset'
