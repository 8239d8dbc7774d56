import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { AuditFault } from '../fault.ts'
import { openCheckpoint } from '../note/checkpoint.ts'
import type { VerifierKey } from '../note/key.ts'
import { noteBytesMax } from '../note/note.ts'
import { bundleBytesMax, isTorn } from '../tree/bundle.ts'
import { hashLeaf } from '../tree/merkle.ts'
import type { OpenTree, Tile } from '../tree/open-tree.ts'
import { tilePath, tileWidth } from '../tree/tile.ts'
import type { OpenBundle } from './bundle-file.ts'
import { checkpointName, listPending, pendingPath, readPlain } from './files.ts'
import { type Bundle, LogReader } from './log-reader.ts'
import type { Published } from './publisher.ts'

/** Where the next entry goes. */
export interface Tail {
  readonly tree: OpenTree
  readonly bundle: OpenBundle
  /** Undefined where no checkpoint was ever made. */
  readonly published: Published | undefined
  /** Tiles that were lost and have to be written again. */
  readonly rebuilt: readonly Tile[]
  /** What a process that died had begun to write and nobody was told of; it has been cut away. */
  readonly cutBytes: number
}

/**
 * Finds the end of the log in `dir` and makes it fit to go on. Checks what the last checkpoint says
 * against the tiles and entries at the right edge of the tree; all before is `verifyLog`'s matter, so
 * that a start does not take longer the longer the log is. Cuts an incomplete last entry, which
 * nobody was told of; throws an `AuditFault` at anything else that is not as it was written.
 */
export async function recoverTail(dir: string, key: VerifierKey): Promise<Tail> {
  const size = await checkpointedSize(dir, key)
  const reader = new LogReader(dir)
  const tree = await reader.treeOf(size.size)
  if (size.root && !tree.root().equals(size.root)) {
    throw new AuditFault(checkpointName, undefined, 'root_differs')
  }
  const pending = await listPending(dir)
  const { bundle, cutBytes } = await readOn(reader, tree, pending)
  const firstPending = await firstUnmoved(dir, bundle.index)
  const published = size.root && { size: size.size, firstPending }
  return { tree, bundle, published, rebuilt: reader.rebuilt, cutBytes }
}

/** The first bundle that is not yet where others read it: a move may be lost in a power cut. */
async function firstUnmoved(dir: string, open: number): Promise<number> {
  let first = open
  while (first > 0) {
    const name = tilePath({ level: 'entries', index: first - 1, width: tileWidth })
    if (await readPlain(dir, name, bundleBytesMax)) break
    first--
  }
  return first
}

async function checkpointedSize(dir: string, key: VerifierKey) {
  const bytes = await readPlain(dir, checkpointName, noteBytesMax)
  if (bytes) {
    const checkpoint = openCheckpoint(bytes, key)
    if (typeof checkpoint === 'string') throw new AuditFault(checkpointName, undefined, checkpoint)
    return checkpoint
  }
  const first = tilePath({ level: 'entries', index: 0, width: tileWidth })
  const [pending] = await listPending(dir)
  const isNew = pending === undefined || (pending === 0 && !(await hasBytes(dir, pendingPath(0))))
  if (!isNew || (await hasBytes(dir, first))) {
    throw new AuditFault(checkpointName, undefined, 'checkpoint_missing')
  }
  return { size: 0, root: undefined }
}

async function hasBytes(dir: string, name: string): Promise<boolean> {
  const bytes = await readPlain(dir, name, bundleBytesMax)
  return bytes !== undefined && bytes.length > 0
}

/** Takes the entries that no checkpoint covers into the tree. */
async function readOn(
  reader: LogReader,
  tree: OpenTree,
  pending: readonly number[],
): Promise<{ bundle: OpenBundle; cutBytes: number }> {
  for (;;) {
    const index = Math.floor(tree.size / tileWidth)
    const found = await reader.bundle(index)
    for (const leaf of found?.leaves.slice(tree.size % tileWidth) ?? []) tree.append(hashLeaf(leaf))
    if (found?.leaves.length === tileWidth && found.restBytes === 0) continue
    await refuseLater(reader, pending, index)
    const cutBytes = found ? await cutRest(reader.dir, found, index) : 0
    const bytes = found?.bytes.subarray(0, found.goodBytes) ?? Buffer.alloc(0)
    return { bundle: { index, count: found?.leaves.length ?? 0, bytes }, cutBytes }
  }
}

/** After a bundle that is not full there is none that has anything in it. */
async function refuseLater(reader: LogReader, pending: readonly number[], index: number) {
  for (const later of pending.filter((bundle) => bundle > index)) {
    const found = await reader.bundle(later)
    if (found?.bytes.length) {
      throw new AuditFault(pendingPath(index), undefined, 'missing')
    }
  }
}

async function cutRest(dir: string, bundle: Bundle, index: number): Promise<number> {
  const { file, restBytes, goodBytes, leaves, bytes } = bundle
  if (restBytes === 0) return 0
  if (file !== pendingPath(index) || !isTorn(bytes.subarray(goodBytes))) {
    throw new AuditFault(file, index * tileWidth + leaves.length, 'unreadable')
  }
  await using handle = await open(join(dir, file), 'r+')
  await handle.truncate(goodBytes)
  await handle.sync()
  return restBytes
}
