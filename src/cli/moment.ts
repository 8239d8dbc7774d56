import { UsageError } from './command.ts'

/** The moment of an option, such as 2027-01-31T09:00:00Z; throws `UsageError` where it is none. */
export function momentGiven(option: string, text: string): number {
  const atMs = Date.parse(text)
  if (/^\d{4}-\d\d-\d\dT.+(?:Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(atMs)) return atMs
  throw new UsageError(`--${option} needs a moment such as 2027-01-31T09:00:00Z`)
}
