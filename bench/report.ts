/** One question's answer: a table for people, the same figures for programs. */
export interface Report {
  readonly name: string
  readonly title: string
  readonly rows: readonly Row[]
  readonly notes?: readonly string[]
}

export type Row = Readonly<Record<string, string | number>>

/** The report as a table, numbers to the right. */
export function tableOf({ title, rows, notes = [] }: Report): string {
  const names = Object.keys(rows[0] ?? {})
  const cells = rows.map((row) => names.map((name) => textOf(row[name] ?? '')))
  const widths = names.map((name, at) =>
    Math.max(name.length, ...cells.map((line) => line[at]?.length ?? 0)),
  )
  const line = (texts: readonly string[]) =>
    texts.map((text, at) => text.padStart(widths[at] ?? 0)).join('  ')
  const parts = [title, '', line(names), ...cells.map(line), ...notes.map((note) => `  ${note}`)]
  return `${parts.join('\n')}\n`
}

function textOf(value: string | number): string {
  if (typeof value === 'string') return value
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 2 : 1)
}

/** The smallest sample that at least this share of all samples do not exceed. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}
