/** A section of the file before anything is known about it. */
export type Tree = Readonly<Record<string, unknown>>

/** Whether a value has names in it. */
export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The named things of a list, each with its place; whatever else is in the list is left out. */
export function treesOf(value: unknown): readonly { index: number; entry: Tree }[] {
  const entries: readonly unknown[] = Array.isArray(value) ? value : []
  return entries.flatMap((entry, index) => (isTree(entry) ? [{ index, entry }] : []))
}
