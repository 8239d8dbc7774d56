import { firstHeader } from '../message/headers.ts'
import type { Message } from '../message/message.ts'
import { parseNameAddr } from '../message/name-addr.ts'
import { fromTag, toTag } from '../message/tags.ts'
import type { Destination } from '../transport/types.ts'
import { placesIn } from './forward.ts'
import { placeOf } from './own-address.ts'

/** A dialog in whose path nothing has passed for this long is forgotten, milliseconds. */
export const proxiedIdleMs = 43_200_000

/** Most places that the two sides of one dialog may name. */
const placesMax = 64

/** One dialog whose requests pass through us, and where they may go. */
export interface ProxiedDialog {
  readonly key: string
  /** By `host:port`: over which connection its owner was last heard, where it was over one. */
  readonly places: Map<string, Destination | undefined>
  usedAtMs: number
}

/**
 * The dialogs that we have put ourselves into the path of. A request with a Route to us is passed on
 * only within one of them and only to a place that one of its sides has named, so that nobody can
 * make us send for him.
 */
export class ProxiedDialogs {
  readonly #max: number
  readonly #byKey = new Map<string, ProxiedDialog>()

  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#byKey.size
  }

  /** False when no further dialog can be followed: then none must be promised to be. */
  hasRoom(nowMs: number): boolean {
    if (this.#byKey.size < this.#max) return true
    const [oldest] = this.#byKey.values()
    if (oldest === undefined || nowMs - oldest.usedAtMs < proxiedIdleMs) return false
    this.#byKey.delete(oldest.key)
    return true
  }

  /** Follows the dialog that `message` belongs to, unless there is no room or it has no two tags. */
  open(message: Message, nowMs: number): ProxiedDialog | undefined {
    const key = keyOf(message)
    if (key === undefined) return undefined
    const known = this.#byKey.get(key)
    if (known) return known
    if (!this.hasRoom(nowMs)) return undefined
    const dialog: ProxiedDialog = { key, places: new Map(), usedAtMs: nowMs }
    this.#byKey.set(key, dialog)
    return dialog
  }

  /** The dialog of a message, whichever side has sent it. */
  find(message: Message, nowMs: number): ProxiedDialog | undefined {
    const key = keyOf(message)
    const dialog = key === undefined ? undefined : this.#byKey.get(key)
    if (!dialog) return undefined
    dialog.usedAtMs = nowMs
    // The longest unused stays first.
    this.#byKey.delete(dialog.key)
    this.#byKey.set(dialog.key, dialog)
    return dialog
  }

  close(dialog: ProxiedDialog): void {
    if (this.#byKey.get(dialog.key) === dialog) this.#byKey.delete(dialog.key)
  }
}

/** Remembers where the sender of a message, and the proxies on its side, want to be reached. */
export function learnPlaces(dialog: ProxiedDialog, message: Message, source: Destination): void {
  for (const value of placesIn(message)) {
    const place = placeOf(parseNameAddr(value)?.uri ?? '')
    if (place === undefined) continue
    if (dialog.places.size >= placesMax && !dialog.places.has(place)) return
    dialog.places.set(place, source.connection === undefined ? undefined : source)
  }
}

/** Call-ID and both tags in an order of their own: the sides of a dialog swap From and To. */
function keyOf(message: Message): string | undefined {
  const from = fromTag(message)
  const to = toTag(message)
  if (from === '' || to === '') return undefined
  const [first, second] = from < to ? [from, to] : [to, from]
  return `${firstHeader(message, 'Call-ID') ?? ''}\n${first}\n${second}`
}
