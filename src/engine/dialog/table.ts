import type { Dialog } from './dialog.ts'

/** Anything that has a dialog: what the table keeps for its user. */
export interface HasDialog {
  readonly dialog: Dialog
}

/**
 * The dialogs that live. A request from the network finds its own by Call-ID and both tags
 * (RFC 3261 12.2.2), the app by the id it was told.
 */
export class DialogTable<Entry extends HasDialog> {
  readonly #byTags = new Map<string, Entry>()
  readonly #byId = new Map<string, Entry>()

  /** Makes the dialog reachable for the peer. */
  add(entry: Entry): void {
    const { callId, localTag, remoteTag } = entry.dialog
    this.#byTags.set(keyOf(callId, localTag, remoteTag), entry)
  }

  /** Makes the dialog reachable for the app as well, in place of any other of this id. */
  expose(entry: Entry): void {
    this.#byId.set(entry.dialog.id, entry)
  }

  /** Exposes the dialog under another id than it had. */
  rename(entry: Entry, id: string): void {
    if (this.#byId.get(entry.dialog.id) === entry) this.#byId.delete(entry.dialog.id)
    entry.dialog.id = id
    this.expose(entry)
  }

  find(callId: string, localTag: string, remoteTag: string): Entry | undefined {
    return this.#byTags.get(keyOf(callId, localTag, remoteTag))
  }

  byId(id: string): Entry | undefined {
    return this.#byId.get(id)
  }

  remove(entry: Entry): void {
    const { id, callId, localTag, remoteTag } = entry.dialog
    const key = keyOf(callId, localTag, remoteTag)
    if (this.#byTags.get(key) === entry) this.#byTags.delete(key)
    if (this.#byId.get(id) === entry) this.#byId.delete(id)
  }

  entries(): Entry[] {
    return [...this.#byTags.values()]
  }

  get size(): number {
    return this.#byTags.size
  }
}

/** No header value holds a line break, so no two dialogs have one key. */
function keyOf(callId: string, localTag: string, remoteTag: string): string {
  return `${callId}\n${localTag}\n${remoteTag}`
}
