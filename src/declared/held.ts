import { type ChangeableList, type ChangedEntries, entryName } from '../config/changed-entries.ts'
import { entryTypes } from '../config/declarations.ts'
import { type Problem, Problems } from '../config/problem.ts'
import type { Tree } from '../config/tree.ts'
import type { Tenant } from '../domain/tenant.ts'

/** Problems that a sentence names. */
const linesMax = 20

/** An entry that cannot count as it was changed, and what is wrong with it. */
export interface HeldEntry {
  readonly list: ChangeableList
  readonly id: string
  readonly problems: readonly Problem[]
}

/** What was changed at run time, as this version can go by it. */
export interface Usable {
  readonly changed: ChangedEntries
  /** Entries in whose place something else stands, by which no call passes. */
  readonly held: readonly HeldEntry[]
}

/**
 * What stands for an entry whose faulty members are left out; undefined: it is gone. Of other lists there is
 * nothing by which less would pass than by the entry: without a list of numbers that may not be called, more
 * would.
 */
const standIns: Partial<Record<ChangeableList, (rest: Tree) => Tree | undefined>> = {
  tenants: (rest) => ({ ...rest, status: 'suspended' }),
  policies: (rest) => ({ regions: [], ...rest, enforcement: 'enforce', scopes: [] }),
  numbers: () => undefined,
}

/**
 * Finds entries that do not hold by themselves: they were taken by another version, which judged less
 * strictly. Calls that need one are refused; a gate that did not start would refuse all. Those that are
 * `edited` now are left to whoever judges the edit.
 */
export function usableOf(changed: ChangedEntries, edited: ReadonlySet<string> = new Set()): Usable {
  const held: HeldEntry[] = []
  const usable = [...changed].map(([key, entry]) => {
    const list = key.slice(0, key.indexOf('/')) as ChangeableList
    const found = entry && !edited.has(key) ? standIn(list, entry) : undefined
    if (!found) return [key, entry] as const
    held.push({ list, id: entryName(list, entry as Tree) ?? '', problems: found.problems })
    return [key, found.entry] as const
  })
  return { changed: new Map(usable), held }
}

/** Undefined: it holds, or nothing can stand for it. */
function standIn(list: ChangeableList, entry: Tree) {
  const parsed = entryTypes[list].safeParse(entry)
  const stand = standIns[list]
  if (parsed.success || !stand) return undefined
  const found = new Problems()
  found.addIssues([`${list}[${entryName(list, entry)}]`], entry, parsed.error)
  const faulty = new Set(
    parsed.error.issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : issue.path[0],
    ),
  )
  // By other terms what is kept of its calls would be destroyed before its time.
  if (faulty.has('retention')) return undefined
  const rest = Object.fromEntries(Object.entries(entry).filter(([name]) => !faulty.has(name)))
  const other = stand(rest)
  const isGood = other === undefined || entryTypes[list].safeParse(other).success
  return isGood ? { entry: other, problems: found.all } : undefined
}

/** The tenants, of which those that are held stay suspended whatever status they were given. */
export function holding(tenants: readonly Tenant[], held: readonly HeldEntry[]): readonly Tenant[] {
  const ids = new Set(held.flatMap(({ list, id }) => (list === 'tenants' ? [id] : [])))
  return tenants.map((tenant) => (ids.has(tenant.id) ? { ...tenant, isHeld: true } : tenant))
}

/** The problems of what is held, as a line each, the first of them. */
export function heldLines(held: readonly HeldEntry[]): readonly string[] {
  const problems = held.flatMap((each) => each.problems).slice(0, linesMax)
  return problems.map(({ path, reason }) => `${path}: ${reason}`)
}
