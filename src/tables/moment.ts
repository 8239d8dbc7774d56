const datePattern = /^\d{4}-\d{2}-\d{2}$/
const momentPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})$/

/** Whether the text is a day of the calendar, ISO 8601. */
export function isDate(text: string): boolean {
  if (!datePattern.test(text)) return false
  const moment = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(text)
}

/** Wall time of a date (its midnight in UTC) or of a moment with its offset; undefined for neither. */
export function momentOf(text: string): number | undefined {
  if (isDate(text)) return Date.parse(`${text}T00:00:00Z`)
  if (!momentPattern.test(text) || !isDate(text.slice(0, 'YYYY-MM-DD'.length))) return undefined
  const moment = Date.parse(text)
  return Number.isNaN(moment) ? undefined : moment
}
