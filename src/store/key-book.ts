import { isDeepStrictEqual } from 'node:util'
import type { Key, KeyId } from '../domain/key.ts'
import { byId } from './by-id.ts'
import { keyOfText, textOfKey } from './key-text.ts'
import type { Board, KeyBook, KeyChange } from './port.ts'

/** Where what was changed in keys at run time stands. */
export const keysTopic = 'keys'
const topic = keysTopic

/** Where it is kept when keys were last used. */
export interface KeyUses {
  noteUse(id: KeyId, atMs: number): void
  lastUsedAtMs(id: KeyId): Promise<number | undefined>
}

/** A key book that can also be asked for one key at once. */
export interface OpenKeyBook extends KeyBook {
  find(id: KeyId): Key | undefined
  /** Goes by other declared keys from now on, and tells who watches of each that is another. */
  redeclare(declared: readonly Key[]): void
}

/**
 * Keys as declared, and above them what was changed at run time, which stands on the board: whole for
 * a key that was added, and for others only the fields that were changed.
 */
export function openKeyBook(declared: readonly Key[], board: Board, uses: KeyUses): OpenKeyBook {
  let declaredKeys = byId('key', declared)
  const keys = new Map(declaredKeys)
  const watchers = new Set<(key: Key) => void>()
  const merge = (id: KeyId, text: string | undefined) => {
    const merged = mergedKey(id, declaredKeys.get(id), text)
    if (merged) keys.set(id, merged)
    else keys.delete(id)
    return merged
  }
  for (const [id, text] of board.notes(topic)) merge(id as KeyId, text)
  // First of all who watch, so that the others find the key as it now is.
  board.watch(topic, (id, text) => void merge(id as KeyId, text))

  return {
    find: (id) => keys.get(id),
    allKeys: async () => [...keys.values()],
    addKey: async ({ id, ...fields }) => {
      let added = false
      await board.post(topic, id, (current) => {
        added = current === undefined && !declaredKeys.has(id)
        return added ? textOfKey(fields) : current
      })
      return added
    },
    changeKey: async (id, change) => {
      if (!keys.has(id)) return undefined
      const changer = typeof change === 'function' ? change : () => change
      let made: KeyChange | undefined
      const text = await board.post(topic, id, (current) => {
        const key = mergedKey(id, declaredKeys.get(id), current)
        made = key && changer(key)
        return made ? changedText(current, made) : current
      })
      return made && mergedKey(id, declaredKeys.get(id), text)
    },
    redeclare: (next) => {
      const before = new Map(keys)
      const ids = new Set(declaredKeys.keys())
      declaredKeys = byId('key', next)
      for (const id of [...ids, ...declaredKeys.keys()]) merge(id, board.get(topic, id))
      for (const key of changedKeys(before, keys)) for (const tell of watchers) tell(key)
    },
    watchKeys: (onChange) => {
      const stack = new DisposableStack()
      watchers.add(onChange)
      stack.defer(() => void watchers.delete(onChange))
      stack.use(
        board.watch(topic, (id) => {
          const key = keys.get(id as KeyId)
          if (key) onChange(key)
        }),
      )
      return stack
    },
    noteUse: (id, atMs) => uses.noteUse(id, atMs),
    lastUsedAtMs: (id) => uses.lastUsedAtMs(id),
  }
}

/** Keys that are new or other, and those that are gone, which are nobody's any more. */
function changedKeys(before: ReadonlyMap<KeyId, Key>, now: ReadonlyMap<KeyId, Key>): Key[] {
  const changed = [...now.values()].filter((key) => !isDeepStrictEqual(before.get(key.id), key))
  const gone = [...before.values()].filter(({ id }) => !now.has(id))
  return [...changed, ...gone.map((key): Key => ({ ...key, status: 'revoked' }))]
}

/** What the note of a key becomes by a change. */
export function changedText(current: string | undefined, change: KeyChange): string {
  const fields = current === undefined ? {} : keyOfText(current)
  // Never back: who holds a revoked key must not come in by somebody's later change.
  const status = fields.status === 'revoked' ? 'revoked' : (change.status ?? fields.status)
  return textOfKey({ ...fields, ...change, ...(status && { status }) })
}

/** What was changed above what was declared; undefined where that makes no whole key. */
function mergedKey(
  id: KeyId,
  declared: Key | undefined,
  text: string | undefined,
): Key | undefined {
  if (text === undefined) return declared
  const fields = readFields(text)
  if (!fields) return undefined
  const key = { expiresAtMs: undefined, ...declared, ...fields, id }
  const status = declared?.status === 'revoked' ? 'revoked' : key.status
  return isWhole(key) ? { ...key, status: status ?? key.status } : undefined
}

/** A change that cannot be read takes its key away: undecided is refused. */
function readFields(text: string): Partial<Key> | undefined {
  try {
    return keyOfText(text)
  } catch {
    return undefined
  }
}

function isWhole(key: Partial<Key>): key is Key {
  return Boolean(
    key.tenantId && key.policyId && key.mode && key.secretHash && key.status && key.allowedSources,
  )
}
