import { changeableLists, entryKey, entryName } from '../config/changed-entries.ts'
import { isTree, type Tree } from '../config/tree.ts'
import type { Key } from '../domain/key.ts'
import type { EntryEdit, EntryProblem } from './declared.ts'
import { keyEntry, keyVersion } from './keys.ts'
import { entryText, type Whole } from './whole.ts'

/** What is there when a file is compared. */
export interface Present {
  readonly whole: Whole
  /** Not revoked. */
  readonly keys: readonly Key[]
  /** What the gate's own file declares, by `entryKey`. */
  readonly own: ReadonlyMap<string, string>
}

/** What would make everything be as a file has it. */
export interface FileEdits {
  readonly edits: readonly EntryEdit[]
  readonly problems: readonly EntryProblem[]
}

/**
 * The edits that a file asks for, each by the version that is there now; what the file does not name is left,
 * or with `prune`, of the lists that it has, taken out.
 */
export function fileEdits(tree: Tree, present: Present, prune: boolean): FileEdits {
  const problems: EntryProblem[] = []
  const edits = [...changeableLists, 'keys' as const].flatMap((list) => {
    if (tree[list] === undefined) return []
    const wanted = namedEntries(tree, list, problems)
    const there = versionsOf(list, present)
    const edited = [...wanted].flatMap(([id, entry]): EntryEdit[] => {
      if (list === 'keys' && isMadeAtStart(id, entry, present)) return []
      return [{ list, id, entry, expected: there.get(id) ?? 'absent' }]
    })
    const rest = prune ? [...there].filter(([id]) => !wanted.has(id)) : []
    return [
      ...edited,
      ...rest.map(([id, expected]): EntryEdit => ({ list, id, entry: undefined, expected })),
    ]
  })
  return { edits, problems }
}

/** Everything that is there as a file that asks for no edits; keys without their secrets. */
export function fileOf({ whole, keys }: Pick<Present, 'whole' | 'keys'>): Tree {
  const lists = changeableLists.map((list) => {
    const entries = [...whole.entries.values()].filter((each) => each.list === list)
    return [list, entries.map(({ entry }) => entry)] as const
  })
  return Object.fromEntries([...lists, ['keys', keys.map((key) => keyEntry(key))]])
}

function namedEntries(tree: Tree, list: string, problems: EntryProblem[]): Map<string, Tree> {
  const named = new Map<string, Tree>()
  const entries: readonly unknown[] = Array.isArray(tree[list]) ? tree[list] : []
  for (const [index, entry] of entries.entries()) {
    const path = `${list}[${index}]`
    if (!isTree(entry)) {
      problems.push({ list, id: '', path, reason: 'must have named fields' })
      continue
    }
    const id = entryName(list, entry)
    if (id === undefined) problems.push({ list, id: '', path, reason: 'has no name' })
    else if (named.has(id)) problems.push({ list, id, path, reason: 'appears twice' })
    else named.set(id, entry)
  }
  return named
}

function versionsOf(list: string, { whole, keys }: Present): Map<string, string> {
  if (list === 'keys') return new Map(keys.map((key) => [String(key.id), keyVersion(key)]))
  const entries = [...whole.entries.values()].filter((each) => each.list === list)
  return new Map(entries.map(({ id, version }) => [id, version]))
}

/** A key that every start makes afresh, of the gate's own file: nobody else knows its id. */
function isMadeAtStart(id: string, entry: Tree, { own }: Present): boolean {
  return entry.generate === true && own.get(entryKey('keys', id)) === entryText(entry)
}
