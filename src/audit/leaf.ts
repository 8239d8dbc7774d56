import { canonicalForm, canonicalJson } from '../kernel/canonical-json.ts'
import { parsedJson } from '../kernel/parsed-json.ts'
import { hideSecrets, mayHaveSecrets } from '../kernel/secret.ts'
import type { AuditEvent, StoredEvent } from './event.ts'
import { eventTypes } from './event-types.ts'
import { leafBytesMax } from './tree/bundle.ts'

/** ECMA-262 21.4.1.1: no moment is further from 1970. */
const momentMax = 8.64e15

/** In canonical JSON, `trunkId` and `type` alone follow on a trace. */
const traceBegins = ',"trace":['
const traceEnds = '],"t'

/** The version of the form of a leaf. */
const leafVersion = 2
const leafEnd = `,"v":${leafVersion}}`

/** Writes events of each type of ours. A map: a type in hostile bytes may be the name of anything. */
const forms: ReadonlyMap<string, (event: object) => string> = new Map(
  Object.entries(eventTypes).map(([type, { members }]) => {
    return [type, canonicalForm(['type', ...Object.keys(members)])]
  }),
)

function textOf(atMs: number, event: AuditEvent | StoredEvent): string {
  const form = forms.get(event.type) ?? canonicalJson
  return `{"atMs":${canonicalJson(atMs)},"event":${form(event)}${leafEnd}`
}

/** What one leaf of the log says. */
export interface LeafContent {
  readonly atMs: number
  readonly event: AuditEvent
}

/**
 * The bytes of a leaf: canonical JSON (RFC 8785) of `{"atMs","event","v":2}`. Throws TypeError when
 * the event holds something that JSON cannot say, RangeError when it is too long for a leaf.
 */
export function encodeLeaf(atMs: number, event: AuditEvent | StoredEvent): Buffer {
  let text = textOf(atMs, event)
  // Callers choose their Call-ID: what looks like a key in it is as good as lost once it is kept.
  if (mayHaveSecrets(text)) text = textOf(atMs, secretsHidden(event) as StoredEvent)
  const leaf = Buffer.from(text)
  if (leaf.length > leafBytesMax) throw new RangeError('the event is too long')
  return leaf
}

/**
 * In each text by itself: in JSON an escape would be taken for a letter, and what begins in one text would
 * go on behind it.
 */
function secretsHidden(value: unknown): unknown {
  if (typeof value === 'string') return hideSecrets(value)
  if (Array.isArray(value)) return value.map(secretsHidden)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value)
  return Object.fromEntries(members.map(([name, of]) => [hideSecrets(name), secretsHidden(of)]))
}

/**
 * What a leaf says, for who believes nobody: undefined where the bytes are not the one form that
 * `encodeLeaf` gives to what they say.
 */
export function decodeStrictLeaf(leaf: Buffer): LeafContent | undefined {
  const content = leaf.length <= leafBytesMax ? decodeLeaf(leaf) : undefined
  if (!content) return undefined
  try {
    return Buffer.from(textOf(content.atMs, content.event)).equals(leaf) ? content : undefined
  } catch {
    // A number or a depth that has no canonical form.
    return undefined
  }
}

/** What a leaf says; undefined where the bytes are no leaf of ours. */
export function decodeLeaf(leaf: Buffer): LeafContent | undefined {
  return decodeText(leaf.toString('utf8'))
}

/**
 * What a leaf says but for the trace of a decision, which is most of it and is not looked at. For who
 * has no use for it: half the work.
 */
export function decodeUntraced(leaf: Buffer): LeafContent | undefined {
  const text = leaf.toString('utf8')
  // In a text of JSON a quotation mark is escaped: what is found here is the member itself. It is looked for in
  // the text, and its end from behind: in the bytes that takes Node longer than to parse what is left.
  const from = text.indexOf(traceBegins)
  const to = from < 0 ? from : text.lastIndexOf(traceEnds)
  return decodeText(to < from || from < 0 ? text : text.slice(0, from) + text.slice(to + 1))
}

function decodeText(text: string): LeafContent | undefined {
  const value = parsedJson(text)
  if (typeof value !== 'object' || value === null) return undefined
  const { atMs, event, v } = value as Partial<Record<'atMs' | 'event' | 'v', unknown>>
  const isLeaf =
    v === leafVersion &&
    Number.isSafeInteger(atMs) &&
    Math.abs(atMs as number) <= momentMax &&
    typeof event === 'object' &&
    event !== null &&
    typeof (event as { type?: unknown }).type === 'string'
  return isLeaf ? (value as LeafContent) : undefined
}
