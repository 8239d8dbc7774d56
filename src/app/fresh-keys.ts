import type { DeclaredDirectory } from '../config/directory.ts'
import type { Key } from '../domain/key.ts'
import { Failure } from '../kernel/failure.ts'

/** Keys that were minted at the start of this gate, by their names in the file. */
export type FreshKeys = ReadonlyMap<string, Key>

/**
 * The keys of a file, those that are minted for one run with what they were minted with; throws
 * `config_invalid` where the file has one that was not there at the start.
 */
export function keysOf(
  { keys, freshKeys }: Pick<DeclaredDirectory, 'keys' | 'freshKeys'>,
  minted: FreshKeys,
): readonly Key[] {
  const fresh = freshKeys.map(({ name, ...terms }): Key => {
    const known = minted.get(name)
    if (known?.mode === terms.mode) return { ...known, ...terms }
    const what = known ? 'mode: never changes' : 'generate: only works at the start of a gate'
    throw new Failure('config_invalid', `keys[${name}].${what}`)
  })
  return [...keys, ...fresh]
}
