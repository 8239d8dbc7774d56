import { opendir } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from '../../kernel/failure.ts'
import { checkpointName, cosignedName, pendingFolder, verifierKeyName } from '../storage/files.ts'
import { parseTilePath, tileWidth } from '../tree/tile.ts'

/** How deep a log's folders go, and then some. */
const depthMax = 10

/** So many are named. */
const straysMax = 20

const ownNames: ReadonlySet<string> = new Set([
  ...[checkpointName, cosignedName, verifierKeyName],
  ...['lock', 'lock-journal'],
])

/** What stands in the directory of a log and is no part of it. */
export interface Strays {
  readonly names: readonly string[]
  readonly count: number
}

/** Looks for what is no part of a log of `size` entries: it proves nothing and harms nothing. */
export async function findStrays(dir: string, size: number): Promise<Strays> {
  const names: string[] = []
  let count = 0
  for await (const { name, isFile } of walk(dir, '', 0)) {
    if (isFile && isOwn(name, size)) continue
    count++
    if (names.length < straysMax) names.push(name)
  }
  return { names: names.sort(), count }
}

/** A file that was about to take a name, and did not, is as good as the one that has it. */
function isOwn(name: string, size: number): boolean {
  const whole = name.endsWith('.new') ? name.slice(0, -'.new'.length) : name
  if (ownNames.has(whole)) return true
  if (whole.startsWith(`${pendingFolder}/`)) {
    const bundle = whole.slice(pendingFolder.length + 1)
    return /^(?:0|[1-9]\d*)$/.test(bundle) && (Number(bundle) - 1) * tileWidth <= size
  }
  const tile = parseTilePath(whole)
  if (!tile) return false
  const unit = tile.level === 'entries' ? 1 : tileWidth ** tile.level
  return (tile.index * tileWidth + tile.width) * unit <= size
}

async function* walk(
  dir: string,
  folder: string,
  depth: number,
): AsyncGenerator<{ name: string; isFile: boolean }> {
  try {
    for await (const entry of await opendir(join(dir, folder))) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory() && depth < depthMax) yield* walk(dir, name, depth + 1)
      else yield { name, isFile: entry.isFile() }
    }
  } catch (cause) {
    // A copy that is no longer needed may go while we look.
    if (!hasCode(cause, 'ENOENT')) throw cause
  }
}
