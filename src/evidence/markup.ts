import { escapedUnits, unseen } from '../kernel/escaped-units.ts'
import type { Json } from './opened.ts'

/** What a reader does not see, and what turns the order in which he sees the rest; a line feed he does see. */
const unseenHere = new RegExp(`(?!\\n)(?:${unseen.source})`, 'gu')

/**
 * The text as HTML shows it; a lone surrogate has no bytes and would read differently from a file. Callers
 * choose some of it: what is not seen is shown as JSON escapes it.
 */
export function html(text: string): string {
  return text
    .toWellFormed()
    .replace(unseenHere, escapedUnits)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

/** An event's members for people: one a line, its trace as a table. */
export function membersOf(event: { readonly [name: string]: Json }): string {
  const { type, trace, ...rest } = event
  const lines = flat(rest).map(([name, value]) => `${html(name)}: <code>${html(value)}</code>`)
  const steps = Array.isArray(trace) ? traceTable(trace) : ''
  return `<strong>${html(String(type))}</strong><br>${lines.join('<br>')}${steps}`
}

/** The figures of the checks of that name in a trace, by their names. */
export function figuresOf(trace: Json | undefined, check: string): [string, string][] {
  const steps = Array.isArray(trace)
    ? trace.filter((step) => memberOf(step, 'check') === check)
    : []
  return steps.flatMap((step) => flat(memberOf(step, 'figures') ?? {}))
}

function traceTable(trace: readonly Json[]): string {
  const rows = trace.map((step) => {
    const name = textOf(memberOf(step, 'check') ?? '')
    const passed = memberOf(step, 'passed') === true ? 'passed' : 'stopped'
    const figures = flat(memberOf(step, 'figures') ?? {}).map(([key, value]) => `${key}: ${value}`)
    return `<tr><td>${html(name)}<td>${passed}<td>${html(figures.join(', '))}`
  })
  return `<table class="trace"><tr><th>check<th>&nbsp;<th>what it found\n${rows.join('\n')}\n</table>`
}

/** Names with dots and their values, as texts. */
function flat(value: Json, path = ''): [string, string][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [[path, textOf(value)]]
  }
  return Object.entries(value).flatMap(([name, part]) =>
    flat(part as Json, path === '' ? name : `${path}.${name}`),
  )
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function memberOf(value: Json, name: string): Json | undefined {
  const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, name)
  return isObject ? (value as { readonly [name: string]: Json })[name] : undefined
}
