/** A month of UTC, such as `2026-01`; texts of months sort by time. */
export type Month = string

/** The month of a moment. */
export function monthOf(atMs: number): Month {
  const date = new Date(atMs)
  const year = date.getUTCFullYear()
  // Each event is asked for its month, and all of the text costs ten times as much.
  if (!(year >= 1000 && year <= 9999)) return date.toISOString().slice(0, 7)
  const month = date.getUTCMonth() + 1
  return month < 10 ? `${year}-0${month}` : `${year}-${month}`
}

/** The month so many months later, or earlier where the count is negative. */
export function monthsLater(month: Month, count: number): Month {
  return monthOf(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)) - 1 + count))
}
