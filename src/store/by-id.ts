import { Failure } from '../kernel/failure.ts'

/** Entries by their id; throws `config_invalid` where two have one. */
export function byId<Entry extends { readonly id: string }>(
  what: string,
  entries: readonly Entry[],
): Map<Entry['id'], Entry> {
  const map = new Map<Entry['id'], Entry>()
  for (const entry of entries) {
    if (map.has(entry.id)) throw new Failure('config_invalid', `two ${what} entries ${entry.id}`)
    map.set(entry.id, entry)
  }
  return map
}
