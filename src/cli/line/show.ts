import { styleText } from 'node:util'
import { printable, type Terminal } from '../command.ts'

/** What came out of a command, for programs and for people. */
export interface Shown {
  readonly json: boolean
  /** What --json prints, as one document on one line. */
  readonly value: unknown
  /** For people: lines, or a table. */
  readonly lines?: readonly Line[] | undefined
  readonly table?: Table | undefined
}

/** Some stand out, on a screen that has colours. */
export type Line = string | { readonly text: string; readonly color: 'yellow' | 'red' }

export interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | number | undefined)[])[]
}

/** Prints what came out; nothing in it can command a terminal. */
export function show(terminal: Terminal, { json, value, lines = [], table }: Shown): void {
  if (json) {
    // Where they stand in JSON, what takes the place of control characters is JSON too.
    terminal.out(printable(JSON.stringify(value)), recordsIn(value))
    return
  }
  for (const line of lines) terminal.out(lineText(line, terminal))
  if (!table) return
  for (const line of tableLines(table, terminal)) terminal.out(line)
  if (table.rows.length === 0 && terminal.screen) terminal.err('There is none.')
}

function lineText(line: Line, { screen }: Terminal): string {
  if (typeof line === 'string') return printable(line)
  const text = printable(line.text)
  return screen?.hasColors ? styleText(line.color, text, { validateStream: false }) : text
}

function recordsIn(value: unknown): number {
  if (Array.isArray(value)) return value.length
  const isPage = typeof value === 'object' && value !== null && 'items' in value
  return isPage && Array.isArray(value.items) ? value.items.length : 1
}

/**
 * A table as lines: on a screen in columns with a heading, for a program one line a row, its cells
 * parted by tabs.
 */
function tableLines({ columns, rows }: Table, { screen }: Terminal): readonly string[] {
  const cells = rows.map((row) => row.map((cell) => printable(String(cell ?? '-'))))
  if (!screen) return cells.map((row) => row.join('\t'))
  if (cells.length === 0) return []
  const widths = columns.map((name, at) => {
    return Math.max(name.length, ...cells.map((row) => (row[at] ?? '').length))
  })
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd()
  const heading = line(columns.map((name) => name.toUpperCase()))
  return [screen.hasColors ? bold(heading) : heading, ...cells.map(line)]
}

function bold(text: string): string {
  return styleText('bold', text, { validateStream: false })
}
