import type { StoredEvent } from '../audit/event.ts'
import { type PersonalKind, personalKinds } from '../domain/personal.ts'
import { type Box, boxKey, openBox, readBox } from './box.ts'
import { everybodyKey } from './everybody.ts'
import type { TreeId } from './key-file.ts'
import { monthOf } from './month.ts'
import {
  contextOf,
  type Place,
  placesOf,
  type SealedValue,
  type SinglePlace,
  tenantOf,
} from './places.ts'

/** One sealed value of an event. */
export interface OpenedValue {
  readonly path: string
  /** Undefined: for everybody. */
  readonly kind: PersonalKind | undefined
  readonly position: string
  readonly sealed: string
  /** What it says; undefined where it is erased or damaged. */
  readonly text: string | undefined
  readonly state: 'open' | 'erased' | 'damaged'
  /** What opens this one value alone. */
  readonly boxKey: Buffer | undefined
}

/** Where the keys of subjects come from. */
export interface SubjectKeys {
  /** The key of a subject; undefined where it is gone. */
  subjectKey(id: TreeId, position: string): Buffer | undefined
  /** Whether its keys are not there though nobody has destroyed them. */
  isLost(id: TreeId): boolean
}

/** Every sealed value of the event, in the order of its places. */
export function sealedValues(stored: StoredEvent, atMs: number, keys: SubjectKeys): OpenedValue[] {
  const places = placesOf.get(stored.type)
  if (!places) return []
  const reading = new Reading(stored, atMs, keys)
  for (const place of places.single) reading.single(place)
  for (const place of places.everybody) reading.everybody(place)
  for (const member of places.figures) reading.figures(stored[member], member)
  return reading.values
}

/** One event on its way from sealed to open. */
class Reading {
  readonly values: OpenedValue[] = []
  readonly #stored: StoredEvent
  readonly #subjectKeys: SubjectKeys
  readonly #tenant: string
  readonly #month: string
  /** The keys of its subjects, in the order of the places; undefined once one is gone. */
  #keys: Buffer[] | undefined = []
  #isLost = false

  constructor(stored: StoredEvent, atMs: number, keys: SubjectKeys) {
    this.#stored = stored
    this.#subjectKeys = keys
    this.#tenant = tenantOf(stored)
    this.#month = monthOf(atMs)
  }

  single(place: SinglePlace): void {
    const found = sealedAt(this.#stored, place)
    if (!found) return
    const key = this.#open(place.path, place.as, found.sealed)
    if (key) this.#keys?.push(key)
    else this.#keys = undefined
  }

  everybody(place: Place): void {
    const found = sealedAt(this.#stored, place)
    if (!found) return
    const key = this.#keys?.length ? everybodyKey(this.#keys) : undefined
    this.#take(place.path, undefined, { sealed: found.sealed, box: readBox(found.sealed), key })
  }

  /** Figures stand under the name of their check where there are several. */
  figures(value: unknown, path: string): void {
    if (Array.isArray(value)) {
      for (const step of value) this.figures(step?.figures, `${path}.${step?.check}`)
      return
    }
    for (const [name, figure] of Object.entries((value ?? {}) as object)) {
      const found = sealedValue(figure)
      const kind = personalKinds.find((each) => each === found?.as)
      if (found && kind) this.#open(`${path}.${name}`, kind, found.sealed)
    }
  }

  #open(path: string, kind: PersonalKind, sealed: string): Buffer | undefined {
    const id = { tenant: this.#tenant, month: this.#month, kind }
    const box = sealed === '' ? undefined : readBox(sealed)
    const key = box && this.#subjectKeys.subjectKey(id, box.position)
    if (box && !key) this.#isLost ||= this.#subjectKeys.isLost(id)
    this.#take(path, kind, { sealed, box, key })
    return key
  }

  #take(
    path: string,
    kind: PersonalKind | undefined,
    { sealed, box, key }: { sealed: string; box: Box | undefined; key: Buffer | undefined },
  ): void {
    const [tenant, month] = [this.#tenant, this.#month]
    const context = contextOf(this.#stored.type, path, { tenant, month, as: kind ?? 'everybody' })
    const own = box && key && boxKey(key, box.nonce)
    const text = box && own && openBox(box, own, context)
    const isShut = key === undefined && this.#isLost
    const isUnreadable =
      sealed !== '' && (box === undefined || isShut || (own && text === undefined))
    const state = text !== undefined ? 'open' : isUnreadable ? 'damaged' : 'erased'
    const position = box?.position ?? ''
    this.values.push({ path, kind, position, sealed, text, state, boxKey: own })
  }
}

/** What is sealed of an event in one of its places. */
export function sealedAt(stored: StoredEvent, { member, part }: Place): SealedValue | undefined {
  const value = stored[member]
  return sealedValue(part === undefined ? value : (value as Record<string, unknown>)?.[part])
}

function sealedValue(value: unknown): SealedValue | undefined {
  const isOne = typeof value === 'object' && value !== null && 'sealed' in value
  return isOne && typeof value.sealed === 'string' ? (value as SealedValue) : undefined
}
