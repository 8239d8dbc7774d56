import { heardOf, type TortureCase } from './torture-case.ts'
import { everyCase, titleOf } from './torture-cases.ts'
import { ipv6Cases } from './torture-ipv6.ts'

const columns = ['section', 'name', 'what it is, and why', 'parser', 'engine'] as const

/** The table of docs/parser.md: every message, in the order of the RFCs, ours at the end. */
export function parserTable(): string {
  const rows = everyCase.map(rowOf).sort(bySection)
  const widths = columns.map((name, at) =>
    Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0)),
  )
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |\n`
  const rule = widths.map((width) => '-'.repeat(width))
  return [columns, rule, ...rows].map(line).join('')
}

function rowOf(torture: TortureCase): string[] {
  const { section, short, what } = titleOf(torture)
  const rfc = ipv6Cases.includes(torture) ? '5118' : '4475'
  const where = section === '' ? '' : `${rfc} ${section}`
  return [where, short, what, String(torture.verdict), heardText(torture)]
}

function heardText(torture: TortureCase): string {
  const heard = String(heardOf(torture))
  const { stream } = torture
  return stream === undefined || String(stream) === heard ? heard : `${heard}; TCP: ${stream}`
}

function bySection(one: readonly string[], other: readonly string[]): number {
  const [a = '', b = ''] = [one[0], other[0]]
  if (a === '' || b === '') return Number(a === '') - Number(b === '')
  return a.localeCompare(b, 'en', { numeric: true })
}
