import { hash } from 'node:crypto'
import { canonicalJson } from '../kernel/canonical-json.ts'
import { hideSecrets } from '../kernel/secret.ts'
import type { AuditEvent } from './event.ts'
import type { FaultReason } from './fault.ts'

/** Keeps a record's hash from ever being the hash of something else of ours. */
const purpose = 'tollgate audit record 1\n'

/** A record ends with this much: `,"sha256":"<64 hex>"}`. */
const sealChars = 77

/** Longer records are refused when written and not looked for when read. */
export const recordBytesMax = 256 * 1024

/** Where a chain stands: how many records it has, and what the next one must link to. */
export interface Link {
  readonly count: number
  /** The hash of the last record; the log's own random id before the first. */
  readonly hash: string
}

/** One line of the log. Its hash covers everything before the hash, `prev` included. */
export interface AuditRecord {
  readonly seq: number
  readonly atMs: number
  readonly event: AuditEvent
  readonly prev: string
  readonly sha256: string
}

/** A record ready to be written, and where the chain stands with it. */
export interface Sealed {
  readonly line: string
  readonly link: Link
}

/**
 * Makes the next record of a chain. The line is canonical JSON with `sha256` as its last member;
 * the hash is SHA-256 over a fixed prefix and the canonical JSON of the record without `sha256`.
 * Throws TypeError when the event holds something that JSON cannot say.
 */
export function sealRecord(link: Link, atMs: number, event: AuditEvent): Sealed {
  const seq = link.count + 1
  // Callers choose their Call-ID: what looks like a key in it is as good as lost once it is kept.
  const text = hideSecrets(canonicalJson(event))
  const open = `{"atMs":${canonicalJson(atMs)},"event":${text},"prev":"${link.hash}","seq":${seq}`
  const sha256 = hash('sha256', `${purpose}${open}}`, 'hex')
  return { line: `${open},"sha256":"${sha256}"}\n`, link: { count: seq, hash: sha256 } }
}

/** A line as read, without its line feed: the next record of the chain, or why it is not. */
export type Checked =
  | { readonly record: AuditRecord; readonly link: Link }
  | { readonly fault: FaultReason }

/**
 * Checks a line against where the chain stands. The hash is taken over the bytes as they are, so
 * that a byte which decodes to the same character is found too. With `prev` left out of the
 * expectation the record's own word is taken for it: the chain is then checked from there on.
 */
export function checkLine(
  line: Buffer,
  expected: { count: number; hash?: string | undefined },
): Checked {
  const record = parseRecord(line)
  if (!record) return { fault: 'unreadable' }
  if (hashOf(line) !== record.sha256) return { fault: 'altered' }
  const seq = expected.count + 1
  if (record.seq > seq) return { fault: 'missing' }
  if (record.seq < seq) return { fault: 'out_of_order' }
  if (expected.hash !== undefined && record.prev !== expected.hash) return { fault: 'unlinked' }
  return { record, link: { count: record.seq, hash: record.sha256 } }
}

function hashOf(line: Buffer): string {
  const open = line.subarray(0, line.length - sealChars)
  return hash('sha256', Buffer.concat([Buffer.from(purpose), open, Buffer.from('}')]), 'hex')
}

function parseRecord(line: Buffer): AuditRecord | undefined {
  let value: unknown
  try {
    value = JSON.parse(line.toString('utf8'))
  } catch {
    return undefined
  }
  if (!isRecord(value)) return undefined
  const sealed = line.toString('latin1', line.length - sealChars) === `,"sha256":"${value.sha256}"}`
  return sealed ? value : undefined
}

function isRecord(value: unknown): value is AuditRecord {
  if (typeof value !== 'object' || value === null) return false
  const { seq, atMs, event, prev, sha256 } = value as Partial<Record<keyof AuditRecord, unknown>>
  return (
    Number.isSafeInteger(seq) &&
    typeof atMs === 'number' &&
    typeof prev === 'string' &&
    typeof sha256 === 'string' &&
    typeof event === 'object' &&
    event !== null &&
    typeof (event as { type?: unknown }).type === 'string'
  )
}
