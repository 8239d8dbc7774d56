import { readdirSync, rmdirSync, unlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { hasCode } from '../../kernel/failure.ts'
import { parseTilePath, tileWidth } from '../tree/tile.ts'

/** The copies of a tile, of which `path` is one. */
export function copiesBeside(dir: string, path: string): string[] {
  const folder = dirname(path)
  let names: string[] = []
  try {
    names = readdirSync(join(dir, folder))
  } catch (cause) {
    if (!hasCode(cause, 'ENOENT', 'ENOTDIR')) throw cause
  }
  return names.map((name) => `${folder}/${name}`).filter(isCopy)
}

/**
 * Takes away copies of the beginning of a tile that a longer copy or the tile itself has in it as
 * well, and their folders but for those where others are kept. Throws at any other path: nothing that a
 * log alone has can be taken from it.
 */
export function dropCopies(dir: string, paths: readonly string[], kept: readonly string[]): void {
  const stranger = paths.find((path) => !isCopy(path))
  if (stranger !== undefined) throw new Error(`${stranger} is no copy`)
  for (const path of paths) lenient(() => unlinkSync(join(dir, path)))
  const keptFolders = new Set(kept.map((path) => dirname(path)))
  const folders = new Set(paths.map((path) => dirname(path)))
  const empty = [...folders].filter((folder) => !keptFolders.has(folder))
  for (const folder of empty) lenient(() => rmdirSync(join(dir, folder)))
}

function isCopy(path: string): boolean {
  return (parseTilePath(path)?.width ?? tileWidth) < tileWidth
}

function lenient(drop: () => void): void {
  try {
    drop()
  } catch (cause) {
    if (!hasCode(cause, 'ENOENT', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST')) throw cause
  }
}
