/**
 * Puts an entry at the end of a map that holds `entriesMax` at most; the first is taken out where it is
 * full. A Map keeps the order in which its entries came, so that the first is the one put longest ago.
 */
export function putLast<Key, Value>(
  map: Map<Key, Value>,
  [key, value]: readonly [Key, Value],
  entriesMax: number,
): void {
  map.delete(key)
  if (map.size >= entriesMax) {
    const [oldest] = map.keys()
    if (oldest !== undefined) map.delete(oldest)
  }
  map.set(key, value)
}
