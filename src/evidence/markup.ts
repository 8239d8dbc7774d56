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

/** An event's members for people, in pieces: one a line, its trace as a table. */
export function* membersOf(event: { readonly [name: string]: Json }): Generator<string> {
  const { type, trace, ...rest } = event
  yield `<strong>${html(String(type))}</strong><br>`
  let before = ''
  for (const [name, value] of flat(rest)) {
    yield `${before}${html(name)}: <code>${html(value)}</code>`
    before = '<br>'
  }
  if (Array.isArray(trace)) yield* traceTable(trace)
}

/** The figures of the checks of that name in a trace, by their names. */
export function* figuresOf(trace: Json | undefined, check: string): Generator<[string, string]> {
  if (!Array.isArray(trace)) return
  for (const step of trace) {
    if (memberOf(step, 'check') === check) yield* flat(memberOf(step, 'figures') ?? {})
  }
}

function* traceTable(trace: readonly Json[]): Generator<string> {
  yield '<table class="trace"><tr><th>check<th>&nbsp;<th>what it found\n'
  let before = ''
  for (const step of trace) {
    const name = textOf(memberOf(step, 'check') ?? '')
    const passed = memberOf(step, 'passed') === true ? 'passed' : 'stopped'
    yield `${before}<tr><td>${html(name)}<td>${passed}<td>`
    before = ''
    for (const [key, value] of flat(memberOf(step, 'figures') ?? {})) {
      yield `${before}${html(key)}: ${html(value)}`
      before = ', '
    }
    before = '\n'
  }
  yield '\n</table>'
}

/** Names with dots and their values, as texts: one by one, for together they may be very long. */
function* flat(value: Json, path = ''): Generator<[string, string]> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    yield [path, textOf(value)]
    return
  }
  for (const [name, part] of Object.entries(value)) {
    yield* flat(part as Json, path === '' ? name : `${path}.${name}`)
  }
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function memberOf(value: Json, name: string): Json | undefined {
  const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, name)
  return isObject ? (value as { readonly [name: string]: Json })[name] : undefined
}
