import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { canonicalJson } from '../kernel/canonical-json.ts'
import { Failure } from '../kernel/failure.ts'
import type { Link } from './chain.ts'
import { AuditFault } from './fault.ts'
import { isMissing, listSegments, syncDirectory } from './segments.ts'

/** The file beside the segments that remembers how far the log had come. */
export const headName = 'head'

/** Every head is this long, so that a newer one overwrites an older one in place. */
const headBytes = 256

const steadyAttemptsMax = 10

/** What the log is remembered by: without it a cut tail could not be told from a short log. */
export interface Head extends Link {
  /** 32 random bytes in hex; the first record links to it. */
  readonly logId: string
}

/** The exact bytes of a head: canonical JSON, filled up with spaces, and a line feed. */
export function encodeHead(head: Head): string {
  const { count, hash, logId } = head
  return `${canonicalJson({ count, hash, logId }).padEnd(headBytes - 1)}\n`
}

/**
 * The head of the log in `dir`; undefined where there is no log at all. Throws an `AuditFault` where
 * the head is damaged, or gone while records are there.
 */
export async function findHead(dir: string): Promise<Head | undefined> {
  let text: string
  try {
    text = await readSteady(join(dir, headName))
  } catch (cause) {
    if (!isMissing(cause)) throw cause
    if ((await listSegments(dir)).length === 0) return undefined
    throw new AuditFault(headName, 1, 'head_unreadable')
  }
  const head = parseHead(text)
  if (!head) throw new AuditFault(headName, 1, 'head_unreadable')
  return head
}

/** Like `findHead`, and throws `audit_unavailable` where there is no log. */
export async function readHead(dir: string): Promise<Head> {
  const head = await findHead(dir)
  if (!head) throw new Failure('audit_unavailable', `${dir} holds no audit log`)
  return head
}

/** Makes the head of a new log, durable and whole or not at all. */
export async function createHead(dir: string, logId: string): Promise<Head> {
  const head = { count: 0, hash: logId, logId }
  const path = join(dir, headName)
  const file = await open(`${path}.new`, 'w', 0o600)
  try {
    await file.writeFile(encodeHead(head))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
  await syncDirectory(dir)
  return head
}

/** The writer overwrites the head in place: what two reads agree on is not half of each. */
async function readSteady(path: string): Promise<string> {
  let text = await readFile(path, 'utf8')
  for (let attempt = 0; attempt < steadyAttemptsMax; attempt++) {
    const again = await readFile(path, 'utf8')
    if (again === text) break
    text = again
  }
  return text
}

function parseHead(text: string): Head | undefined {
  let head: Head
  try {
    head = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!Number.isSafeInteger(head?.count) || head.count < 0) return undefined
  if (!isHash(head.hash) || !isHash(head.logId)) return undefined
  if (head.count === 0 && head.hash !== head.logId) return undefined
  return encodeHead(head) === text ? head : undefined
}

function isHash(value: unknown): boolean {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
}
