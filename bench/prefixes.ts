import { NumberSetBuilder } from '../src/tables/number-set.ts'
import { PrefixTableBuilder } from '../src/tables/prefix-table.ts'

// What it costs to look numbers up in large tables, and to hold them. Run: node bench/prefixes.ts

const prefixes = 1_000_000
const numbers = 10_000_000
const lookUps = 1_000_000
const rounds = 5

/** A small generator of our own, so that every run sees the same numbers. */
function* figures(): Generator<number> {
  for (let state = 1; ; state = (state * 48_271) % 2_147_483_647) yield state
}

const figure = figures()
const next = (below: number) => Number(figure.next().value) % below

/** Like a carrier's deck: every country code, and below it areas and blocks of 3 to 9 digits. */
function prefix(): string {
  const country = 1 + next(998)
  return `${country}${String(next(1_000_000_000))
    .padStart(9, '0')
    .slice(0, 1 + next(8))}`
}

function number(): string {
  return `+${1 + next(9)}${String(next(2_000_000_000)).padStart(10, '0')}`
}

/** Nanoseconds of one look-up, the least of several rounds. */
function lookUpNs(find: (e164: string) => unknown): string {
  const asked = Array.from({ length: lookUps }, number)
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) {
    const startedMs = performance.now()
    for (const e164 of asked) find(e164)
    least = Math.min(least, performance.now() - startedMs)
  }
  return ((least * 1e6) / lookUps).toFixed(0)
}

function timed<Made>(make: () => Made): { readonly made: Made; readonly ms: string } {
  const startedMs = performance.now()
  const made = make()
  return { made, ms: (performance.now() - startedMs).toFixed(0) }
}

const rows = new PrefixTableBuilder()
const distinct = new Set<string>()
while (distinct.size < prefixes) distinct.add(prefix())
for (const text of distinct) rows.add(text, next(1000))
const table = timed(() => rows.build())

const collected = new NumberSetBuilder()
for (let at = 0; at < numbers; at++) collected.add(number())
const set = timed(() => collected.build())

console.table([
  {
    table: 'longest prefix',
    entries: table.made.size,
    'look-up ns': lookUpNs((e164) => table.made.find(e164)),
    'bytes an entry': (table.made.bytes / table.made.size).toFixed(1),
    'build ms': table.ms,
  },
  {
    table: 'set of numbers',
    entries: set.made.size,
    'look-up ns': lookUpNs((e164) => set.made.has(e164)),
    'bytes an entry': (set.made.bytes / set.made.size).toFixed(1),
    'build ms': set.ms,
  },
])
