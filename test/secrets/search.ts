import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
} from 'node:fs'
import { basename, join, relative } from 'node:path'
import { pemLines, secretCharsMin } from './recorder.ts'
import { isRightful, rightfulFiles } from './rightful.ts'

const tableBits = 22
/** As long as the beginning that a secret is first looked for by. */
const beginningBytes = 8
const pieceBytes = 8 * 1024 * 1024
/** Longer than any secret. */
const overlapBytes = 4096
/** Of what stands before a find: for its judgement, and for its reader. */
const aroundBytes = 4096
const shownBytes = 70
const foundMax = 50
const foundInFileMax = 3

/** A place where a secret stands that nobody was to be given. */
export interface Find {
  readonly file: string
  /** What stands before it; the secret itself is not repeated. */
  readonly before: string
}

/** How much was searched for how much. */
export interface Searched {
  readonly secrets: number
  readonly files: number
  readonly bytes: number
  readonly finds: readonly Find[]
}

/** Looks for every secret of the run in everything that the run has kept. */
export function searchRun(runDir: string): Searched {
  const kept = filesBelow(runDir).filter((file) => !relative(runDir, file).startsWith('secrets/'))
  const secrets = secretsOf(runDir, kept)
  const by = { search: searchFor(secrets), buffer: Buffer.alloc(pieceBytes + overlapBytes) }
  const finds: Find[] = []
  let bytes = 0
  let files = 0
  for (const file of kept) {
    if (rightfulFiles.test(file) || (ifThere(() => isHole(file)) ?? true)) continue
    files++
    const own: Find[] = []
    const found = (before: string) => {
      if (isRightful(basename(file), before)) return
      own.push({ file: relative(runDir, file), before: before.slice(-shownBytes) })
    }
    bytes += ifThere(() => searchFile(file, by, found)) ?? 0
    finds.push(...own.slice(0, foundInFileMax))
  }
  return { secrets: secrets.size, files, bytes, finds: finds.slice(0, foundMax) }
}

/** What a process that outlived its test takes away meanwhile is not there; all else fails. */
function ifThere<Value>(look: () => Value): Value | undefined {
  try {
    return look()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Tests make files of a size that no disk has, with nothing in them. */
function isHole(file: string): boolean {
  const { size, blocks } = statSync(file)
  return size > pieceBytes && blocks === 0
}

function secretsOf(runDir: string, kept: readonly string[]): Set<string> {
  const folder = join(runDir, 'secrets')
  const noted = existsSync(folder) ? readdirSync(folder) : []
  const secrets = noted.flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
  const keys = kept.filter((file) => /\.(?:pem|key|ya?ml)$/.test(file))
  const lines = keys.flatMap((file) => pemLines(ifThere(() => readFileSync(file, 'utf8')) ?? ''))
  return new Set([...secrets, ...lines].filter((text) => text.length >= secretCharsMin))
}

type Search = (bytes: Buffer, length: number, found: (at: number) => void) => void

/** Looks for all of them at once: by four bytes, then by eight, then by the whole. */
function searchFor(secrets: ReadonlySet<string>): Search {
  const table = new Uint8Array(1 << tableBits)
  const byBeginning = new Map<string, Buffer[]>()
  for (const secret of secrets) {
    const bytes = Buffer.from(secret)
    table[slotOf(bytes.readUInt32LE(0))] = 1
    const beginning = bytes.toString('latin1', 0, beginningBytes)
    byBeginning.set(beginning, [...(byBeginning.get(beginning) ?? []), bytes])
  }
  return (bytes, length, found) => {
    let last = 0
    for (let at = 0; at < length; at++) {
      last = (last >>> 8) | ((bytes[at] ?? 0) << 24)
      if (table[slotOf(last)] === 0 || at < 3) continue
      const from = at - 3
      const beginning = bytes.toString('latin1', from, from + beginningBytes)
      const candidates = byBeginning.get(beginning) ?? []
      const isThere = candidates.some(
        (each) => bytes.compare(each, 0, each.length, from, from + each.length) === 0,
      )
      if (isThere) found(from)
    }
  }
}

function slotOf(four: number): number {
  return Math.imul(four, 0x9e3779b1) >>> (32 - tableBits)
}

/** Reads a file piece by piece, each with the end of the one before it. Gives its length. */
function searchFile(
  file: string,
  { search, buffer }: { readonly search: Search; readonly buffer: Buffer },
  found: (before: string) => void,
): number {
  const descriptor = openSync(file, 'r')
  try {
    let had = 0
    let total = 0
    for (;;) {
      const read = readSync(descriptor, buffer, had, pieceBytes, null)
      if (read === 0) return total
      total += read
      const length = had + read
      search(buffer, length, (at) => {
        found(buffer.toString('latin1', Math.max(0, at - aroundBytes), at))
      })
      had = Math.min(overlapBytes, length)
      buffer.copy(buffer, 0, length - had, length)
    }
  } finally {
    closeSync(descriptor)
  }
}

/** Links lead elsewhere, and are not followed. */
function filesBelow(folder: string): string[] {
  const entries = ifThere(() => readdirSync(folder, { withFileTypes: true })) ?? []
  return entries.flatMap((each) => {
    const path = join(folder, each.name)
    if (each.isDirectory()) return filesBelow(path)
    return each.isFile() ? [path] : []
  })
}
