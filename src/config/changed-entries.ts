import { canonicalJson } from '../kernel/canonical-json.ts'
import { isTree, type Tree, treesOf } from './tree.ts'

/**
 * The lists whose entries may change while gates run, in the order in which one needs another. Keys have a
 * book of their own; those of the operator are changed in the file alone.
 */
export const changeableLists = [
  'rateDecks',
  'prefixLists',
  'policies',
  'tenants',
  'numbers',
  'carriers',
  'trunks',
  'suppressionLists',
  'refusals',
] as const

export type ChangeableList = (typeof changeableLists)[number]

/** What was changed at run time, by `entryKey`: an entry in the words of the file, or undefined: gone. */
export type ChangedEntries = ReadonlyMap<string, Tree | undefined>

/** What an entry is called in its list: its id, a number or range, a reason; undefined where it tells none. */
export function entryName(list: string, entry: Tree): string | undefined {
  const { id, reason, number, from, to } = entry
  if (list === 'refusals') return textOf(reason)
  if (list !== 'numbers') return textOf(id)
  const [first, last] = [textOf(from), textOf(to)]
  return textOf(number) ?? (first && last && `${first}-${last}`)
}

/** The field that names an entry of a list; of a range of numbers two others do. */
export function nameFieldOf(list: string): 'id' | 'number' | 'reason' {
  if (list === 'refusals') return 'reason'
  return list === 'numbers' ? 'number' : 'id'
}

/** What an entry is called among all of them. */
export function entryKey(list: string, name: string): string {
  return `${list}/${name}`
}

/** A kept text of an entry as `ChangedEntries` has it. */
export function parsedEntry({
  list,
  id,
  text,
}: {
  readonly list: string
  readonly id: string
  readonly text: string | undefined
}): readonly [string, Tree | undefined] {
  return [entryKey(list, id), text === undefined ? undefined : JSON.parse(text)]
}

/** Every entry of the lists, by `entryKey`, as canonical JSON; what has no name is left out. */
export function entryTexts(tree: Tree, lists: readonly string[]): ReadonlyMap<string, string> {
  const named = lists.flatMap((list) =>
    treesOf(tree[list]).flatMap(({ entry }) => {
      const name = entryName(list, entry)
      return name === undefined ? [] : [[entryKey(list, name), canonicalJson(entry)] as const]
    }),
  )
  return new Map(named)
}

/** The file with what was changed in the place of what it says. */
export function withChanges(tree: Tree, changed: ChangedEntries): Tree {
  if (changed.size === 0) return tree
  const lists = changeableLists.map((list) => [list, changedList(list, tree[list], changed)])
  return { ...tree, ...Object.fromEntries(lists) }
}

function changedList(list: string, given: unknown, changed: ChangedEntries): unknown {
  const entries: readonly unknown[] = Array.isArray(given) ? given : []
  const rest = new Map(changed)
  const kept = entries.flatMap((entry) => {
    const name = isTree(entry) ? entryName(list, entry) : undefined
    const key = name === undefined ? undefined : entryKey(list, name)
    if (key === undefined || !changed.has(key)) return [entry]
    rest.delete(key)
    return changed.get(key) ?? []
  })
  const added = [...rest]
    .filter(([key, entry]) => entry !== undefined && key.startsWith(`${list}/`))
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, entry]) => entry)
  return [...kept, ...added]
}

/** `policies[2].regions` as `policies[usual].regions`: places mean nothing to who has not the whole. */
export function namedPath(tree: Tree, path: string): string {
  return path.replaceAll(
    /(?<![.\w])([a-zA-Z]+)\[(\d+)\](?!\w)/g,
    (whole, list: string, at: string) => {
      const given = tree[list]
      const entry: unknown = Array.isArray(given) ? given[Number(at)] : undefined
      const name = isTree(entry) ? entryName(list, entry) : undefined
      return name === undefined ? whole : `${list}[${name}]`
    },
  )
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
