import type { StoredEvent } from '../audit/event.ts'
import type { KeyFile, TreeId } from './key-file.ts'
import { monthOf } from './month.ts'
import { EventOpener } from './open-events.ts'
import { tenantOf } from './places.ts'

/** Keys that are gathered before they are destroyed together. */
const gatheredMax = 10_000

/** An event of a log as it is read. */
export interface LogEntry {
  readonly atMs: number
  readonly event: StoredEvent
}

/** Whom to forget: a number in E.164 or an address, as it stands in events of one tenant. */
export interface ErasedSubject {
  readonly tenant: string
  readonly text: string
}

/**
 * Destroys every key of a subject of one tenant that these entries were sealed with; how many there
 * were. When it resolves, no value that is or has the subject opens any more; `KeyFile.overwrite` has to
 * follow. It reads every entry, for what is overlooked would not be erased; an index, which may be
 * behind, is not asked.
 */
export async function eraseSubject(
  keys: KeyFile,
  log: AsyncIterable<readonly LogEntry[]>,
  subject: ErasedSubject,
): Promise<number> {
  const opener = new EventOpener(keys)
  const found = new Map<string, { readonly id: TreeId; readonly positions: Set<string> }>()
  let gathered = 0
  let destroyed = 0
  const flush = () => {
    for (const { id, positions } of found.values()) destroyed += keys.puncture(id, positions)
    found.clear()
    opener.refresh()
    gathered = 0
  }
  const take = ({ event, atMs }: LogEntry) => {
    if (tenantOf(event) !== subject.tenant) return
    const month = monthOf(atMs)
    for (const { text, kind, position } of opener.values(event, atMs)) {
      if (kind === undefined || text === undefined || !speaksOf(text, subject.text)) continue
      const id = { tenant: subject.tenant, month, kind }
      if (gather(found, id, position)) gathered++
    }
  }
  for await (const entries of log) {
    for (const entry of entries) take(entry)
    if (gathered >= gatheredMax) flush()
  }
  flush()
  return destroyed
}

function gather(
  found: Map<string, { readonly id: TreeId; readonly positions: Set<string> }>,
  id: TreeId,
  position: string,
): boolean {
  const name = `${id.month} ${id.kind}`
  const tree = found.get(name) ?? { id, positions: new Set<string>() }
  found.set(name, tree)
  if (tree.positions.has(position)) return false
  tree.positions.add(position)
  return true
}

/** RFC 3966 3: what a number means nothing by; in an address it would. */
const separators = /[-.()]/g

/** The value is the subject, or a text in which it stands as a whole, a number however it was dialled. */
function speaksOf(text: string, subject: string): boolean {
  if (standsIn(text, subject)) return true
  if (!subject.startsWith('+')) return false
  return standsIn(text.replace(/%2b/gi, '+').replace(separators, ''), subject)
}

function standsIn(text: string, subject: string): boolean {
  for (let at = text.indexOf(subject); at >= 0; at = text.indexOf(subject, at + 1)) {
    const before = text.slice(0, at)
    const after = text.slice(at + subject.length)
    if (!goesOn(before, after, subject)) return true
  }
  return false
}

/** Whether it is a part of a longer number or address. A colon belongs to those of IPv6 alone: `sip:`, `:5060`. */
function goesOn(before: string, after: string, subject: string): boolean {
  const isIn = subject.includes(':') ? /[\w.:]/ : /[\w.]/
  return isIn.test(before.slice(-1)) || isIn.test(after.slice(0, 1))
}
