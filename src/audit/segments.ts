import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { recordBytesMax } from './chain.ts'

const chunkBytes = 64 * 1024
const lineFeed = 10
const namePattern = /^(\d{16})\.jsonl$/

/** One file of the log, named for the number of its first record. */
export interface Segment {
  readonly name: string
  readonly path: string
  readonly firstSeq: number
}

/** A line of a segment without its line feed, and what came after it. */
export interface Line {
  readonly bytes: Buffer
  readonly number: number
  readonly ending: 'line_feed' | 'end_of_file' | 'too_long'
}

/** The segment that begins with the given record. */
export function segmentOf(dir: string, firstSeq: number): Segment {
  const name = `${String(firstSeq).padStart(16, '0')}.jsonl`
  return { name, path: join(dir, name), firstSeq }
}

/** All segments in the order of their records; none where the directory is missing. */
export async function listSegments(dir: string): Promise<Segment[]> {
  let names: string[]
  try {
    names = await readdir(dir)
  } catch (cause) {
    if (isMissing(cause)) return []
    throw cause
  }
  return names
    .filter((name) => namePattern.test(name))
    .sort()
    .map((name) => segmentOf(dir, Number(name.slice(0, 16))))
}

/**
 * The lines of a file, some at a time, with one chunk and one line in memory. Reading stops at a
 * line longer than any record.
 */
export async function* readLines(path: string): AsyncGenerator<Line[]> {
  const file = await open(path, 'r')
  try {
    let rest: Buffer = Buffer.alloc(0)
    let number = 1
    for (;;) {
      const chunk = Buffer.allocUnsafe(chunkBytes)
      const { bytesRead } = await file.read(chunk, 0, chunkBytes, null)
      if (bytesRead === 0) break
      const fresh = chunk.subarray(0, bytesRead)
      const found = split(rest.length > 0 ? Buffer.concat([rest, fresh]) : fresh, number)
      rest = found.rest
      number += found.lines.length
      if (found.lines.length > 0) yield found.lines
      if (rest.length > recordBytesMax) return yield [{ bytes: rest, number, ending: 'too_long' }]
    }
    if (rest.length > 0) yield [{ bytes: rest, number, ending: 'end_of_file' }]
  } finally {
    await file.close()
  }
}

/** Makes the names in a directory durable: a new file may else be gone after a power cut. */
export async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Whether an error of the file system says that there is no such file. */
export function isMissing(cause: unknown): boolean {
  return cause instanceof Error && (cause as NodeJS.ErrnoException).code === 'ENOENT'
}

function split(data: Buffer, firstNumber: number): { lines: Line[]; rest: Buffer } {
  const lines: Line[] = []
  let start = 0
  for (let end = data.indexOf(lineFeed); end >= 0; end = data.indexOf(lineFeed, start)) {
    const number = firstNumber + lines.length
    lines.push({ bytes: data.subarray(start, end), number, ending: 'line_feed' })
    start = end + 1
  }
  return { lines, rest: data.subarray(start) }
}
