import { readdir, rmdir, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseTilePath, tileWidth } from '../tree/tile.ts'
import { hasCode } from './files.ts'

/** The copies of a tile, of which `path` is one. */
export async function copiesBeside(dir: string, path: string): Promise<string[]> {
  const folder = dirname(path)
  const names = await readdir(join(dir, folder)).catch(noNames)
  return names.map((name) => `${folder}/${name}`).filter(isCopy)
}

/**
 * Takes away copies of the beginning of a tile that a longer copy or the tile itself has in it as
 * well, and their folders but for those where others are kept. Throws at any other path: nothing that a
 * log alone has can be taken from it.
 */
export async function dropCopies(
  dir: string,
  paths: readonly string[],
  kept: readonly string[],
): Promise<void> {
  const stranger = paths.find((path) => !isCopy(path))
  if (stranger !== undefined) throw new Error(`${stranger} is no copy`)
  await Promise.all(paths.map((path) => lenient(unlink(join(dir, path)))))
  const keptFolders = new Set(kept.map((path) => dirname(path)))
  const folders = new Set(paths.map((path) => dirname(path)))
  const empty = [...folders].filter((folder) => !keptFolders.has(folder))
  await Promise.all(empty.map((folder) => lenient(rmdir(join(dir, folder)))))
}

function isCopy(path: string): boolean {
  return (parseTilePath(path)?.width ?? tileWidth) < tileWidth
}

function noNames(cause: unknown): string[] {
  if (hasCode(cause, 'ENOENT', 'ENOTDIR')) return []
  throw cause
}

async function lenient(done: Promise<void>): Promise<void> {
  try {
    await done
  } catch (cause) {
    if (!hasCode(cause, 'ENOENT', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST')) throw cause
  }
}
