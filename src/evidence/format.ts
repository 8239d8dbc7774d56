import { decodeBase64 } from '../audit/note/base64.ts'
import { canonicalJson } from '../kernel/canonical-json.ts'
import { parsedJson } from '../kernel/parsed-json.ts'

/** The first member of an evidence file. */
const evidenceFormat = 'tollgate evidence 1'

/** Files that are longer are not read. */
export const evidenceBytesMax = 64 * 1024 * 1024

const eventsMax = 100_000
const proofMax = 64
const openedMax = 1000
/** No event has its values so deep: whoever checks need not look further. */
const pathCharactersMax = 1000

/** What opens one sealed value of an event, and nothing else. */
export interface OpenedBox {
  /** Where it stands: `caller`, `source.address`, `trace.consent.evidence`. */
  readonly path: string
  /** Whose it is: a kind of personal data, or `everybody`. */
  readonly as: string
  /** As it stands in the event. */
  readonly sealed: string
  readonly key: Buffer
}

/** One event with what proves that it is in the log. */
export interface ProvenEvent {
  readonly index: number
  readonly leaf: Buffer
  readonly proof: readonly Buffer[]
  readonly opened: readonly OpenedBox[]
}

/** All that an evidence file says. */
export interface Evidence {
  readonly callId: string
  /** The text of the log's public key. */
  readonly verifierKey: string
  /** The signed note. */
  readonly checkpoint: string
  readonly events: readonly ProvenEvent[]
}

/** The one JSON text of evidence. */
export function encodeEvidence({ callId, verifierKey, checkpoint, events }: Evidence): string {
  return canonicalJson({
    format: evidenceFormat,
    callId,
    verifierKey,
    checkpoint,
    events: events.map(({ index, leaf, proof, opened }) => ({
      index,
      leaf: leaf.toString('base64'),
      proof: proof.map((hash) => hash.toString('base64')),
      opened: opened.map((box) => ({ ...box, key: box.key.toString('base64') })),
    })),
  })
}

/** The evidence in a JSON text; undefined where it is none. */
export function decodeEvidence(text: string): Evidence | undefined {
  const value = parsedJson(text)
  const { format, callId, verifierKey, checkpoint, events } = membersOf(value)
  if (format !== evidenceFormat || typeof callId !== 'string') return undefined
  if (typeof verifierKey !== 'string' || typeof checkpoint !== 'string') return undefined
  const read = listOf(events, eventsMax, readEvent)
  if (!read || read.length === 0) return undefined
  return { callId, verifierKey, checkpoint, events: read }
}

function readEvent(value: unknown): ProvenEvent | undefined {
  const { index, leaf, proof, opened } = membersOf(value)
  const bytes = readBytes(leaf)
  const hashes = listOf(proof, proofMax, readBytes)
  const boxes = listOf(opened, openedMax, readBox)
  if (typeof index !== 'number' || !bytes || !hashes || !boxes) return undefined
  return { index, leaf: bytes, proof: hashes, opened: boxes }
}

function readBox(value: unknown): OpenedBox | undefined {
  const { path, as, sealed, key } = membersOf(value)
  const bytes = readBytes(key)
  if (typeof path !== 'string' || typeof as !== 'string' || typeof sealed !== 'string') {
    return undefined
  }
  if (!isPathLength(path)) return undefined
  return bytes && { path, as, sealed, key: bytes }
}

/** Whether a path may be so long. */
export function isPathLength(path: string): boolean {
  return path.length <= pathCharactersMax
}

function readBytes(value: unknown): Buffer | undefined {
  return typeof value === 'string' ? decodeBase64(value) : undefined
}

function listOf<Item>(
  value: unknown,
  countMax: number,
  read: (item: unknown) => Item | undefined,
): Item[] | undefined {
  if (!Array.isArray(value) || value.length > countMax) return undefined
  const items = value.map(read).filter((item) => item !== undefined)
  return items.length === value.length ? items : undefined
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
