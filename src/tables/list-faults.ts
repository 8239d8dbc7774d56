import { messageOf } from '../kernel/failure.ts'
import { bytesIn, faultLines } from './csv.ts'
import { listReaders } from './operator-lists.ts'

/** A list that is about to be declared, in the words of the file. */
export interface DeclaredList {
  readonly list: string
  readonly entry: Readonly<Record<string, unknown>>
}

/**
 * Why the CSV file of a list could not be used, read as it will be: each bad line with its number.
 * Empty: it can be, or the entry has none. `placeOf` says where this machine has the file of that path.
 */
export async function listFaults(
  { list, entry }: DeclaredList,
  placeOf: (path: string) => string,
): Promise<readonly string[]> {
  const { file: path, badLines } = entry
  const read = isList(list) ? listReaders[list] : undefined
  if (!read || typeof path !== 'string') return []
  try {
    const { report, table } = await read(
      bytesIn(placeOf(path)),
      badLines === 'skip' ? 'skip' : 'refuse',
    )
    return table === undefined ? faultLines(report).map((fault) => `${path}: ${fault}`) : []
  } catch (cause) {
    const why = messageOf(cause)
    return [`${path} cannot be read: ${why}`]
  }
}

function isList(list: string): list is keyof typeof listReaders {
  return Object.hasOwn(listReaders, list)
}
