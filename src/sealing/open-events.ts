import type { AuditEvent, StoredEvent } from '../audit/event.ts'
import { Recent } from '../kernel/recent.ts'
import { boxKey, openBox, readBox } from './box.ts'
import { tagKeyOf } from './everybody.ts'
import { indexHash } from './index-hash.ts'
import type { KeyFile, Tree, TreeId } from './key-file.ts'
import { type Month, monthOf } from './month.ts'
import { contextOf, type SinglePlace, tenantOf } from './places.ts'
import { type OpenedValue, type SubjectKeys, sealedAt, sealedValues } from './sealed-values.ts'
import { KeyWalk, positionDigits } from './seed-tree.ts'
import { unsealed } from './unsealed.ts'

const keysMax = 20_000
const treesMax = 10_000
const foundMax = 5_000
const homesMax = 10_000

/** Base64 that has the position in a box: four characters for three bytes, and two digits for a byte. */
const positionCharacters = (positionDigits / 2 / 3) * 4

/** By what a callee is looked for, and forgotten: not by what was dialled in a number's place. */
const number = /^\+?\d+$/

/** An event as it was before it was sealed, as far as it can still be read. */
export interface OpenedEvent {
  readonly event: AuditEvent
  /** Where `erased` stands now: `caller`, `source.address`. */
  readonly erased: readonly string[]
  /** What its key does not open: it was altered or moved, or the file of keys is another. */
  readonly damaged: readonly string[]
}

interface WalkedTree extends Tree {
  readonly walk: KeyWalk
}

/** Where values of one tenant, month and place are at home: what opens them is the same for all of them. */
interface Home {
  readonly place: SinglePlace
  /** Undefined where there is none any more. */
  readonly tree: WalkedTree | undefined
  readonly context: string
}

type Homes = Map<SinglePlace, Home>

interface Found {
  readonly sealed: string
  readonly home: Home
  readonly hash: number | null
}

/** Reads sealed events by the file of keys; without one, everything personal counts as erased. */
export class EventOpener implements SubjectKeys {
  readonly #keys: KeyFile | undefined
  #generation: number | undefined
  readonly #trees = new Recent<string, WalkedTree | 'none' | 'lost'>(treesMax)
  /** Their bytes as texts: kept for long, a buffer would keep a pool of others. */
  readonly #subjectKeys = new Recent<string, string>(keysMax)
  /** What values are found by, by the positions in their boxes. */
  readonly #found = new Recent<string, Found>(foundMax)
  /** By tenant and month. */
  readonly #homes = new Recent<string, Homes>(homesMax)

  constructor(keys: KeyFile | undefined) {
    this.#keys = keys
  }

  /** Forgets keys that were destroyed since, here or by another process; to be called before each piece of work. */
  refresh(): void {
    const generation = this.#keys?.generation()
    if (generation === this.#generation) return
    this.#generation = generation
    this.#trees.clear()
    this.#subjectKeys.clear()
    this.#found.clear()
    this.#homes.clear()
  }

  /** The tree of keys; undefined where there is none any more. */
  tree(id: TreeId): Tree | undefined {
    return this.#walked(id)
  }

  /** The event with its personal values in the clear, or `erased`, or `unreadable` where it is damaged. */
  open(stored: StoredEvent, atMs: number): OpenedEvent {
    const values = this.values(stored, atMs)
    if (values.length === 0)
      return { event: stored as unknown as AuditEvent, erased: [], damaged: [] }
    const pathsOf = (state: OpenedValue['state']) =>
      values.filter((value) => value.state === state).map(({ path }) => path)
    return {
      event: unsealed(stored, values),
      erased: pathsOf('erased'),
      damaged: pathsOf('damaged'),
    }
  }

  /** Every sealed value of the event. */
  values(stored: StoredEvent, atMs: number): OpenedValue[] {
    return sealedValues(stored, atMs, this)
  }

  /**
   * What personal members of the event are found by in an index, in the order of their places, which must be of its
   * type; null where one is not there or cannot be read. Quick for a value that was there lately.
   */
  indexHashes(
    stored: StoredEvent,
    atMs: number,
    places: readonly SinglePlace[],
  ): (number | null)[] {
    const [tenant, month] = [tenantOf(stored), monthOf(atMs)]
    const homes = this.#homesOf(tenant, month)
    return places.map((place) => {
      const sealed = sealedAt(stored, place)?.sealed
      if (sealed === undefined) return null
      const home = homes.get(place) ?? this.#homeOf(tenant, month, place)
      homes.set(place, home)
      return this.#indexHash(sealed, home)
    })
  }

  #indexHash(sealed: string, home: Home): number | null {
    // The position of its key: nearly as good a name as the whole box, and much quicker to look up.
    const name = sealed.slice(0, positionCharacters)
    const known = this.#found.get(name)
    // A box is another's where it was moved.
    if (known?.sealed === sealed && known.home === home) return known.hash
    const hash = hashIn(sealed, home)
    this.#found.set(name, { sealed, home, hash })
    return hash
  }

  #homesOf(tenant: string, month: Month): Homes {
    const name = `${tenant}\n${month}`
    const known = this.#homes.get(name)
    if (known) return known
    const homes: Homes = new Map()
    this.#homes.set(name, homes)
    return homes
  }

  #homeOf(tenant: string, month: Month, place: SinglePlace): Home {
    const { type, path, as } = place
    const tree = this.#walked({ tenant, month, kind: as })
    return { place, tree, context: contextOf(type, path, { tenant, month, as }) }
  }

  /** What Call-IDs of a tenant's month are tagged by; undefined once one of its trees is gone. */
  tagKey(tenant: string, month: Month): Buffer | undefined {
    return tagKeyOf((kind) => this.tree({ tenant, month, kind })?.indexKey)
  }

  /** The key of a subject; undefined where it is gone. */
  subjectKey(id: TreeId, position: string): Buffer | undefined {
    const name = `${id.tenant}\n${id.month}\n${id.kind}\n${position}`
    const known = this.#subjectKeys.get(name)
    if (known !== undefined) return Buffer.from(known, 'latin1')
    const key = this.#walked(id)?.walk.keyAt(position)
    if (key) this.#subjectKeys.set(name, key.toString('latin1'))
    return key
  }

  /** Whether its keys are not there though nobody has destroyed them: the file of keys is another. */
  isLost(id: TreeId): boolean {
    return this.#known(id) === 'lost'
  }

  #walked(id: TreeId): WalkedTree | undefined {
    const known = this.#known(id)
    return typeof known === 'string' ? undefined : known
  }

  #known(id: TreeId): WalkedTree | 'none' | 'lost' {
    const name = `${id.tenant}\n${id.month}\n${id.kind}`
    let known = this.#trees.get(name)
    if (known === undefined) {
      const tree = this.#keys?.tree(id)
      if (tree) known = { ...tree, walk: new KeyWalk(tree.seeds) }
      else known = this.#keys?.isLost(id) ? 'lost' : 'none'
      this.#trees.set(name, known)
    }
    return known
  }
}

/** What a value is found by; null where it cannot be read, or nobody looks for it. */
function hashIn(sealed: string, { place, tree, context }: Home): number | null {
  if (!tree) return null
  const box = readBox(sealed)
  const key = box && tree.walk.keyAt(box.position)
  const text = key && openBox(box, boxKey(key, box.nonce), context)
  const isLookedFor = text !== undefined && (place.as !== 'callee' || number.test(text))
  return isLookedFor ? indexHash(tree.indexKey, text) : null
}
