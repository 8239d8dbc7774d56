import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { decodeEntries, encodeEntries } from '../../src/audit/tree/bundle.ts'

/** Chance with a seed: a number from 0 up to, not including, `below`. */
export type Chance = (below: number) => number

/** What somebody with a disk editor does to a file: its bytes before, its bytes after. */
type Edit = (bytes: Buffer, chance: Chance) => Buffer

const noise = (length: number, chance: Chance) =>
  Buffer.from(Array.from({ length }, () => chance(256)))

const edits: Readonly<Record<string, Edit>> = {
  'one bit': (bytes, chance) => {
    const changed = Buffer.from(bytes)
    const at = chance(bytes.length || 1)
    changed[at] = (changed[at] ?? 0) ^ (1 << chance(8))
    return changed
  },
  'one byte': (bytes, chance) => {
    const changed = Buffer.from(bytes)
    changed[chance(bytes.length || 1)] = chance(256)
    return changed
  },
  'bytes gone': (bytes, chance) => {
    const at = chance(bytes.length || 1)
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + chance(100))])
  },
  'bytes more': (bytes, chance) => {
    const at = chance(bytes.length + 1)
    return Buffer.concat([bytes.subarray(0, at), noise(1 + chance(50), chance), bytes.subarray(at)])
  },
  'cut off': (bytes, chance) => bytes.subarray(0, chance(bytes.length || 1)),
  'zeros behind': (bytes, chance) => Buffer.concat([bytes, Buffer.alloc(1 + chance(3000))]),
  emptied: () => Buffer.alloc(0),
  replaced: (bytes, chance) => noise(bytes.length, chance),
  'an entry gone': (bytes, chance) =>
    ofEntries(bytes, (all) => all.toSpliced(chance(all.length), 1)),
  'an entry twice': (bytes, chance) =>
    ofEntries(bytes, (all) => {
      const some = all.slice(chance(all.length)).slice(0, 1)
      return all.toSpliced(chance(all.length + 1), 0, ...some)
    }),
  'two entries exchanged': (bytes, chance) =>
    ofEntries(bytes, (all) => {
      const [one, other] = [chance(all.length), chance(all.length)]
      const [a, b] = [all[one], all[other]]
      return a && b ? all.with(one, b).with(other, a) : all
    }),
  'an entry of somebody': (bytes, chance) =>
    ofEntries(bytes, (all) =>
      all.toSpliced(
        chance(all.length + 1),
        0,
        Buffer.from('{"atMs":1,"event":{"type":"x"},"v":2}'),
      ),
    ),
}

function ofEntries(bytes: Buffer, change: (all: Buffer[]) => Buffer[]): Buffer {
  return encodeEntries(change([...decodeEntries(bytes).leaves] as Buffer[]))
}

/** What somebody does with files: `path`, `other` and `free`, a name that is not taken. */
type Move = (paths: { path: string; other: string; free: string }) => void

const moves: Readonly<Record<string, Move>> = {
  deleted: ({ path }) => rmSync(path),
  renamed: ({ path, free }) => renameSync(path, free),
  'renamed to another': ({ path, other }) => renameSync(path, other),
  'copied over another': ({ path, other }) => {
    if (path !== other) copyFileSync(path, other)
  },
  'copied beside': ({ path, free }) => copyFileSync(path, free),
  exchanged: ({ path, other }) => {
    const [bytes, others] = [readFileSync(path), readFileSync(other)]
    writeFileSync(path, others)
    writeFileSync(other, bytes)
  },
  'a folder instead': ({ path }) => {
    rmSync(path)
    mkdirSync(path)
  },
  'a link instead': ({ path, other }) => {
    rmSync(path)
    symlinkSync(path === other ? '/dev/zero' : other, path)
  },
  'a huge file instead': ({ path }) => truncateSync(path, 2 ** 40),
}

/** Names near to those that a log has. */
const freeNames = [
  ...[
    'tile/0/001',
    'tile/0/002',
    'tile/1/000',
    'tile/0/000.p/3',
    'tile/entries/001',
    'tile/2/000.p/1',
  ],
  ...[
    'tile/entries/000.p/9',
    'tile/entries/002',
    'tile/entries/0',
    'pending/0',
    'pending/2',
    'pending/01',
  ],
  ...['checkpoint.new', 'tile/entries/x000/000', 'notes.txt', 'tile/9/999.p/255', 'pending/x'],
]

/** Puts back what a manipulation has touched. */
export function undo({ files }: Manipulation, dir: string, whole: string): void {
  for (const file of files) {
    rmSync(join(dir, file), { recursive: true, force: true })
    if (existsSync(join(whole, file))) copyFileSync(join(whole, file), join(dir, file))
  }
}

/** One manipulation of a log: which, and how it is done. */
export interface Manipulation {
  readonly what: string
  /** What it may touch. */
  readonly files: readonly string[]
  do(dir: string): void
}

/** Chooses one; `files` are the log's own. */
export function chooseManipulation(files: readonly string[], chance: Chance): Manipulation {
  const pick = <Item>(items: readonly Item[]) => items[chance(items.length)] as Item
  const [file, other, free] = [pick(files), pick(files), pick(freeNames)]
  if (chance(3) > 0) {
    const [what, edit] = pick(Object.entries(edits))
    return {
      what: `${file}: ${what}`,
      files: [file],
      do: (dir) => writeFileSync(join(dir, file), edit(readFileSync(join(dir, file)), chance)),
    }
  }
  const [what, move] = pick(Object.entries(moves))
  return {
    what: `${file}: ${what} (${other}, ${free})`,
    files: [file, other, free],
    do: (dir) => {
      mkdirSync(join(dir, dirname(free)), { recursive: true })
      move({ path: join(dir, file), other: join(dir, other), free: join(dir, free) })
    },
  }
}
