import { type ListFiles, noListFiles } from '../domain/list-file.ts'
import { Failure } from '../kernel/failure.ts'
import { loadLists } from './operator-lists.ts'

/** A list that is about to be declared, in the words of the file. */
export interface DeclaredList {
  readonly list: string
  readonly id: string
  readonly entry: Readonly<Record<string, unknown>>
}

/** Why the file of a list could not be used here, read as it will be; undefined: it can, or it has none. */
export async function listFault({ list, id, entry }: DeclaredList): Promise<string | undefined> {
  const { file: path, badLines } = entry
  if (!(list in noListFiles) || typeof path !== 'string') return undefined
  const file = { id, path, badLines: badLines === 'skip' ? ('skip' as const) : ('refuse' as const) }
  const suppression = { ...file, tenantId: undefined, classes: [] }
  const files: ListFiles = { ...noListFiles, [list]: [suppression] }
  try {
    await loadLists(files, () => undefined)
    return undefined
  } catch (error) {
    if (error instanceof Failure && error.code === 'config_invalid') return error.message
    throw error
  }
}
